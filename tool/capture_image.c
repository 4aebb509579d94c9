// SPDX-License-Identifier: GPL-2.0-or-later
#include <blkid/blkid.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/plan.h"
#include "../lib/xalloc.h"
#include "capture_image.h"
#include "initramfs.h"
#include "kernel_modules.h"
#include "key_items.h"
#include "shared_objects.h"
#include "volume_key.h"

#define STATE_DIRECTORY		"/var/lib/kdump-crypt"
#define CAPTURE_PROGRAM		LIBEXECDIR "/capture"
#define DEVICE_TIMEOUT		60	/* seconds until a slow disk is there */
#define HOST_NAME_SIZE		65

/* An image in the making: what libkmod's and the loader's visits add to. */
struct image {
	struct initramfs *initramfs;
	struct kernel_modules *modules;
	struct plan *plan;
};

static bool is_listed(const struct plan *plan, const char *file)
{
	size_t i;

	for (i = 0; i < plan->module_count; i++)
		if (!strcmp(plan->modules[i], file))
			return true;
	return false;
}

/* .../kernel/fs/ext4/ext4.ko.xz becomes /modules/ext4.ko. */
static void add_module_file(const char *file, void *context)
{
	struct image *image = context;
	const char *name = strrchr(file, '/') + 1;
	const char *end = strstr(name, ".ko");
	char *destination;

	if (!end)
		return;
	destination = xasprintf("/modules/%.*s.ko", (int)(end - name), name);
	if (!is_listed(image->plan, destination)) {
		initramfs_add_decompressed(image->initramfs, file, destination);
		plan_add_module(image->plan, destination);
	}
	free(destination);
}

static int add_module(struct image *image, const char *name)
{
	int ret = kernel_modules_for_each(image->modules, name, add_module_file,
					  image);

	if (ret == -ENOENT)
		warnx("the module %s is not installed for the crash kernel",
		      name);
	else if (ret)
		warnx("cannot find the module %s: %s", name, strerror(-ret));
	return ret;
}

/*
 * Each word of a cipher such as aes-cbc-essiv:sha256 may be an algorithm with
 * a module of its own; those that are not have no such alias.
 */
static int add_cipher_modules(struct image *image, const char *cipher)
{
	char *words = xstrdup(cipher), *state, *word;
	int ret = 0;

	for (word = strtok_r(words, "-:", &state); word && !ret;
	     word = strtok_r(NULL, "-:", &state)) {
		char *alias = xasprintf("crypto-%s", word);

		ret = kernel_modules_for_each(image->modules, alias,
					      add_module_file, image);
		if (ret == -ENOENT)
			ret = 0;
		else if (ret)
			warnx("cannot find the modules of %s: %s", cipher,
			      strerror(-ret));
		free(alias);
	}
	free(words);
	return ret;
}

static int add_volume_modules(struct image *image, const struct target *target)
{
	char *cipher;
	int ret;

	if (!key_items_are_built_in() && add_module(image, "crash_dm_crypt"))
		return -1;
	if (add_module(image, "dm_crypt"))
		return -1;
	cipher = volume_cipher(target->luks_device);
	if (!cipher)
		return -1;
	ret = add_cipher_modules(image, cipher);
	free(cipher);
	return ret;
}

static int add_modules(struct image *image, const struct target *target)
{
	size_t i;

	/* First what is needed to find the device, which takes its time. */
	for (i = 0; i < target->driver_count; i++)
		if (add_module(image, target->drivers[i]))
			return -1;
	if (target->luks_uuid && add_volume_modules(image, target))
		return -1;
	return add_module(image, target->filesystem_type);
}

static void add_library(const char *file, void *context)
{
	struct image *image = context;

	initramfs_add_file(image->initramfs, file, file);
}

static int add_program(struct image *image, const char *program,
		       const char *destination)
{
	initramfs_add_file(image->initramfs, program, destination);
	return shared_objects_for_each(program, add_library, image);
}

static int add_core_collector(struct image *image)
{
	static const char *const directories[] = { "/usr/bin", "/usr/sbin" };
	size_t i;

	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		char *program = xasprintf("%s/makedumpfile", directories[i]);
		bool found = !access(program, X_OK);
		int ret = found ? add_program(image, program,
					      "/usr/bin/makedumpfile") : -1;

		free(program);
		if (found)
			return ret;
	}
	warnx("makedumpfile is not installed, and it writes the dump: install the package makedumpfile");
	return -1;
}

static char *filesystem_uuid(const char *device)
{
	blkid_probe probe = blkid_new_probe_from_filename(device);
	const char *value;
	char *uuid = NULL;

	if (!probe) {
		warn("cannot read %s", device);
		return NULL;
	}
	if (!blkid_do_safeprobe(probe) &&
	    !blkid_probe_lookup_value(probe, "UUID", &value, NULL))
		uuid = xstrdup(value);
	else
		warnx("%s: the filesystem has no UUID to find it by", device);
	blkid_free_probe(probe);
	return uuid;
}

static char *host_name(void)
{
	char name[HOST_NAME_SIZE] = "";

	if (gethostname(name, sizeof(name) - 1) || !name[0] ||
	    strchr(name, '/'))
		return xstrdup("localhost");
	return xstrdup(name);
}

static int make_plan(struct plan *plan, const struct target *target,
		     const struct config *config)
{
	*plan = (struct plan) {
		.host = host_name(),
		.filesystem_uuid = filesystem_uuid(target->filesystem_device),
		.filesystem_type = xstrdup(target->filesystem_type),
		.dump_directory = xstrdup(target->directory),
		.path = xstrdup(target->path),
		.core_collector = xstrdup(config->core_collector),
		.final_action = config->final_action,
		.failure_action = config->failure_action,
		.device_timeout = DEVICE_TIMEOUT,
		.keep = config->keep,
	};
	if (target->luks_uuid) {
		plan->luks_uuid = xstrdup(target->luks_uuid);
		plan->key_description =
			volume_key_description(target->luks_uuid);
	}
	return plan->filesystem_uuid ? 0 : -1;
}

static int fill(struct image *image, const struct target *target)
{
	char *json;

	/* The kernel opens the console before there is a devtmpfs. */
	initramfs_add_character_device(image->initramfs, 5, 1, "/dev/console");
	if (add_program(image, CAPTURE_PROGRAM, "/init") ||
	    add_core_collector(image) || add_modules(image, target))
		return -1;
	json = plan_to_json(image->plan);
	initramfs_add_text(image->initramfs, json, PLAN_FILE);
	free(json);
	return 0;
}

static int build(const char *file, struct kernel_modules *modules,
		 struct plan *plan, const struct target *target)
{
	struct image image = {
		.initramfs = initramfs_new(file),
		.modules = modules,
		.plan = plan,
	};
	int ret;

	ret = fill(&image, target);
	if (ret || initramfs_is_current(image.initramfs)) {
		initramfs_abandon(image.initramfs);
		return ret;
	}
	fprintf(stderr, "Building the capture initramfs ...\n");
	return initramfs_finish(image.initramfs);
}

char *capture_image_build(const char *version, const struct target *target,
			  const struct config *config)
{
	struct kernel_modules *modules;
	struct plan plan;
	char *file;
	int ret = -1;

	if (mkdir(STATE_DIRECTORY, 0755) && errno != EEXIST) {
		warn("cannot make %s", STATE_DIRECTORY);
		return NULL;
	}
	modules = kernel_modules_new(version);
	if (!modules)
		return NULL;

	file = xasprintf("%s/initramfs-%s.img", STATE_DIRECTORY, version);
	if (!make_plan(&plan, target, config))
		ret = build(file, modules, &plan, target);
	plan_release(&plan);
	kernel_modules_free(modules);
	if (ret) {
		free(file);
		return NULL;
	}
	return file;
}
