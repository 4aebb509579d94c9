// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/plan.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/kernel_modules.h"
#include "tool/host/sysfs.h"
#include "tool/image/capture_image.h"
#include "tool/image/initramfs.h"
#include "tool/image/program_files.h"
#include "tool/keys/key_items.h"
#include "tool/keys/other_volumes.h"
#include "tool/keys/volume_header.h"
#include "tool/keys/volume_key.h"
#include "tool/storage/volume_groups.h"

#define STATE_DIRECTORY	   "/var/lib/kdump-crypt"
#define CAPTURE_PROGRAM	   LIBEXECDIR "/capture"
#define DEVICE_TIMEOUT	   60 /* seconds until a slow disk is there */
#define HOST_NAME_SIZE	   65
#define MODULE_COMPRESSION "/sys/module/compression"
#define WATCHDOGS	   "/sys/class/watchdog"
#define PSTORE_BACKEND	   "/sys/module/pstore/parameters/backend"
#define NO_PSTORE_BACKEND  "(null)"

struct capture_image {
	const struct targets *targets;
	const struct config *config;
	char *file;
	struct initramfs *initramfs; /* NULL once it is written */
	struct kernel_modules *modules;
	struct plan plan;
	char *compression; /* of modules, that its kernel knows; or NULL */
	struct text_list system_ids; /* of LVM's volume groups */
	bool lacks_module;	     /* one that libkmod knows of has no file */
};

/*
 * .../kernel/fs/ext4/ext4.ko.xz keeps its name where the crash kernel can
 * decompress it, a sixth of the memory that it would take otherwise.
 */
static void add_module_file(const char *file, void *context)
{
	struct capture_image *image = context;
	const char *name = strrchr(file, '/') + 1;
	const char *end = strstr(name, ".ko");
	bool keep;
	char *destination;

	if (!end)
		return;
	if (access(file, R_OK)) {
		warn("cannot read the module %s", file);
		image->lacks_module = true;
		return;
	}
	keep = !end[3] ||
	       (image->compression && !strcmp(end + 4, image->compression));
	destination =
		xasprintf("/modules/%.*s",
			  keep ? (int)strlen(name) : (int)(end + 3 - name),
			  name);
	if (!text_list_has(&image->plan.modules, destination)) {
		if (keep)
			initramfs_add_file(image->initramfs, file, destination);
		else
			initramfs_add_decompressed(image->initramfs, file,
						   destination);
		text_list_add(&image->plan.modules, destination);
	}
	free(destination);
}

static int add_module(struct capture_image *image, const char *name)
{
	struct error error;
	int ret = kernel_modules_for_each(image->modules, name, add_module_file,
					  image, &error);

	if (ret)
		warnx("%s", error.reason);
	return ret;
}

/* The modules that have the algorithm; none where it is not one's name. */
static int add_algorithm(struct capture_image *image, const char *algorithm)
{
	char *alias = xasprintf("crypto-%s", algorithm);
	struct error error;
	int ret = kernel_modules_for_each(image->modules, alias,
					  add_module_file, image, &error);

	free(alias);
	if (ret && error.number == ENOENT)
		return 0;
	if (ret)
		warnx("%s", error.reason);
	return ret;
}

/*
 * Each word of a cipher such as aes-cbc-essiv:sha256 may be an algorithm with
 * a module of its own.
 */
static int add_cipher_modules(struct capture_image *image, const char *cipher)
{
	char *words = xstrdup(cipher), *state, *word;
	int ret = 0;

	for (word = strtok_r(words, "-:,", &state); word && !ret;
	     word = strtok_r(NULL, "-:,", &state)) {
		ret = add_algorithm(image, word);
		/* Not in the name, and Adiantum cannot do without. */
		if (!ret && !strcmp(word, "adiantum"))
			ret = add_algorithm(image, "nhpoly1305");
	}
	free(words);
	return ret;
}

static int add_volume_modules(struct capture_image *image,
			      const struct target *target)
{
	size_t i;

	if (!key_items_are_built_in() && add_module(image, "crash_dm_crypt"))
		return -1;
	if (add_module(image, "dm_crypt"))
		return -1;
	for (i = 0; i < target->stack.volume_count; i++) {
		struct error error;
		char *cipher =
			volume_cipher(target->stack.volumes[i].device, &error);
		int ret = cipher ? add_cipher_modules(image, cipher) : -1;

		if (!cipher)
			warnx("%s", error.reason);
		free(cipher);
		if (ret)
			return -1;
	}
	return 0;
}

/* The keys of volumes that take no dump are for hiding only. */
static int add_hiding_module(struct capture_image *image)
{
	struct other_volumes others;
	int ret = 0;

	other_volumes_find(&others, image->targets);
	if (image->config->hide_keys && others.count &&
	    !key_items_are_built_in())
		ret = add_module(image, "crash_dm_crypt");
	other_volumes_release(&others);
	return ret;
}

static int add_target_modules(struct capture_image *image,
			      const struct target *target)
{
	size_t i;

	/* First what is needed to find the device, which takes its time. */
	for (i = 0; i < target->stack.drivers.count; i++)
		if (add_module(image, target->stack.drivers.items[i]))
			return -1;
	if (target->stack.logical_volumes.count && add_module(image, "dm_mod"))
		return -1;
	if (target->stack.volume_count && add_volume_modules(image, target))
		return -1;
	return add_module(image, target->filesystem_type);
}

/*
 * A hardware watchdog that runs when the kernel crashes goes on, and resets the
 * machine in the middle of the dump unless its driver is loaded: the kernel
 * then keeps it from that, as nobody opens it. sysfs does not tell which of
 * them run, some do from the firmware on. Without a driver all else is there.
 */
static void add_watchdogs(struct capture_image *image)
{
	struct text_list names = {}, modules = {};
	size_t i;

	sysfs_list(&names, WATCHDOGS);
	for (i = 0; i < names.count; i++) {
		char *link = xasprintf(WATCHDOGS "/%s", names.items[i]);
		char *device = realpath(link, NULL);

		if (device)
			sysfs_add_drivers(&modules, device);
		free(device);
		free(link);
	}
	for (i = 0; i < modules.count; i++)
		kernel_modules_for_each(image->modules, modules.items[i],
					add_module_file, image, NULL);
	text_list_release(&modules);
	text_list_release(&names);
}

/* Without it the last resort is not there, and all else is. */
static void add_pstore_backend(struct capture_image *image)
{
	char *backend = textfile_read(PSTORE_BACKEND, NULL);

	if (backend && strcmp(backend, NO_PSTORE_BACKEND))
		kernel_modules_for_each(image->modules, backend,
					add_module_file, image, NULL);
	free(backend);
}

int capture_image_add_modules(struct capture_image *image)
{
	const struct text_list *extra = &image->config->extra_modules;
	char *json;
	size_t i;

	/* Before anything that takes its time. */
	add_watchdogs(image);
	for (i = 0; i < image->targets->count; i++)
		if (add_target_modules(image, &image->targets->list[i]))
			return -1;
	if (add_hiding_module(image))
		return -1;
	for (i = 0; i < extra->count; i++)
		if (add_module(image, extra->items[i]))
			return -1;
	if (image->lacks_module)
		return -1;
	add_pstore_backend(image);

	json = plan_to_json(&image->plan);
	initramfs_add_text(image->initramfs, json, PLAN_FILE);
	free(json);
	return 0;
}

static void add_needed_file(const char *file, void *context)
{
	struct capture_image *image = context;

	initramfs_add_file(image->initramfs, file, file);
}

static int add_program(struct capture_image *image, const char *program,
		       const char *destination)
{
	initramfs_add_file(image->initramfs, program, destination);
	return program_files_for_each(program, add_needed_file, image);
}

/*
 * A program that Debian and others have in different directories; @package
 * for the advice where there is none.
 */
static int add_system_program(struct capture_image *image, const char *name,
			      const char *destination, const char *package)
{
	static const char *const directories[] = { "/usr/sbin", "/usr/bin",
						   "/sbin", "/bin" };
	size_t i;

	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		char *program = xasprintf("%s/%s", directories[i], name);
		bool found = !access(program, X_OK);
		int ret = found ? add_program(image, program, destination) : -1;

		free(program);
		if (found)
			return ret;
	}
	warnx("%s is not installed, and the crash kernel needs it: install the package %s",
	      name, package);
	return -1;
}

/*
 * There is no udev in the crash kernel, no daemon and no record of devices,
 * and nothing but the disk is to be written to. What the machine's own
 * configuration filters by may have another name there. A member of a RAID
 * array that is not assembled yet may look like a physical volume: it is looked
 * at up to its end.
 */
static const char lvm_configuration[] =
	"devices {\n"
	"	obtain_device_list_from_udev = 0\n"
	"	external_device_info_source = \"none\"\n"
	"	use_devicesfile = 0\n"
	"	hints = \"none\"\n"
	"	md_component_checks = \"full\"\n"
	"}\n"
	"activation {\n"
	"	udev_sync = 0\n"
	"	udev_rules = 0\n"
	"	monitoring = 0\n"
	"}\n"
	"backup {\n"
	"	backup = 0\n"
	"	archive = 0\n"
	"}\n"
	"global {\n"
	"	use_lvmpolld = 0\n"
	"	use_lvmlockd = 0\n"
	"	notify_dbus = 0\n"
	"}\n"
	"log {\n"
	"	syslog = 0\n"
	"}\n";

static int add_target_programs(struct capture_image *image,
			       const struct target *target)
{
	struct error error;
	int ret;

	if (target->stack.arrays.count &&
	    add_system_program(image, "mdadm", "/usr/sbin/mdadm", "mdadm"))
		return -1;
	if (!target->stack.logical_volumes.count)
		return 0;
	if (add_system_program(image, "lvm", "/usr/sbin/lvm", "lvm2"))
		return -1;
	ret = volume_groups_find_system_ids(&image->system_ids,
					    &target->stack.logical_volumes,
					    &error);
	if (ret)
		warnx("%s", error.reason);
	return ret;
}

static void add_lvm_configuration(struct capture_image *image)
{
	char *ids = volume_groups_configuration(&image->system_ids);
	char *text = xasprintf("%s%s", lvm_configuration, ids);

	initramfs_add_text(image->initramfs, text, "/etc/lvm/lvm.conf");
	free(text);
	free(ids);
}

static int add_hook(struct capture_image *image, const char *directive,
		    const char *program)
{
	if (!program)
		return 0;
	if (access(program, X_OK)) {
		warn("%s %s", directive, program);
		return -1;
	}
	return add_program(image, program, program);
}

static int add_hooks(struct capture_image *image, const struct config *config)
{
	size_t i;

	if (add_hook(image, "kdump_pre", config->kdump_pre) ||
	    add_hook(image, "kdump_post", config->kdump_post))
		return -1;
	for (i = 0; i < config->extra_bins.count; i++)
		if (add_program(image, config->extra_bins.items[i],
				config->extra_bins.items[i]))
			return -1;
	return 0;
}

int capture_image_add_programs(struct capture_image *image)
{
	size_t i;

	if (add_program(image, CAPTURE_PROGRAM, "/init") ||
	    add_system_program(image, "makedumpfile", "/usr/bin/makedumpfile",
			       "makedumpfile"))
		return -1;
	if (image->config->failure_action == ACTION_SHELL &&
	    add_system_program(image, "busybox", "/bin/busybox", "busybox"))
		return -1;
	for (i = 0; i < image->targets->count; i++)
		if (add_target_programs(image, &image->targets->list[i]))
			return -1;
	if (image->plan.logical_volumes.count)
		add_lvm_configuration(image);
	return add_hooks(image, image->config);
}

char *capture_image_host(void)
{
	char name[HOST_NAME_SIZE] = "";

	if (gethostname(name, sizeof(name) - 1) || !name[0] ||
	    strchr(name, '/'))
		return xstrdup("localhost");
	return xstrdup(name);
}

static void add_list(struct text_list *to, const struct text_list *from)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		text_list_add_once(to, from->items[i]);
}

static int plan_target(struct plan *plan, const struct target *target)
{
	struct plan_target *planned = plan_add_target(plan);
	struct error error;
	size_t i;

	planned->filesystem_uuid = target_filesystem_uuid(target, &error);
	if (!planned->filesystem_uuid)
		warnx("%s", error.reason);
	planned->filesystem_type = xstrdup(target->filesystem_type);
	planned->mount_options = xstrdup_or_null(target->mount_options);
	planned->dump_directory = xstrdup(target->directory);
	planned->path = xstrdup(target->path);
	for (i = 0; i < target->stack.volume_count; i++) {
		const char *uuid = target->stack.volumes[i].luks_uuid;
		char *description = volume_key_description(uuid);

		text_list_add(&planned->luks_uuids, uuid);
		plan_add_volume(plan, uuid, description);
		free(description);
	}
	add_list(&plan->arrays, &target->stack.arrays);
	add_list(&plan->logical_volumes, &target->stack.logical_volumes);
	return planned->filesystem_uuid ? 0 : -1;
}

static int make_plan(struct plan *plan, const struct targets *targets,
		     const struct config *config)
{
	size_t i;

	*plan = (struct plan) {
		.host = capture_image_host(),
		.core_collector = xstrdup(config->core_collector),
		.kdump_pre = xstrdup_or_null(config->kdump_pre),
		.kdump_post = xstrdup_or_null(config->kdump_post),
		.final_action = config->final_action,
		.failure_action = config->failure_action,
		.device_timeout = DEVICE_TIMEOUT,
		.keep = config->keep,
		.hide_keys = config->hide_keys,
	};
	for (i = 0; i < targets->count; i++)
		if (plan_target(plan, &targets->list[i]))
			return -1;
	return 0;
}

/* Only the running kernel tells. For the caller to free. */
static char *module_compression(const char *version)
{
	struct utsname running;

	uname(&running);
	return strcmp(version, running.release) ?
		       NULL :
		       textfile_read(MODULE_COMPRESSION, NULL);
}

struct capture_image *capture_image_new(const char *version,
					const struct targets *targets,
					const struct config *config)
{
	struct error error;
	struct kernel_modules *modules = kernel_modules_new(version, &error);
	struct capture_image *image;

	if (!modules) {
		warnx("%s", error.reason);
		return NULL;
	}
	image = xrealloc(NULL, sizeof(*image));
	*image = (struct capture_image) {
		.targets = targets,
		.config = config,
		.file = xasprintf("%s/initramfs-%s.img", STATE_DIRECTORY,
				  version),
		.modules = modules,
		.compression = module_compression(version),
	};
	image->initramfs = initramfs_new(image->file);
	/* The kernel opens the console before there is a devtmpfs. */
	initramfs_add_character_device(image->initramfs, 5, 1, "/dev/console");
	if (!make_plan(&image->plan, targets, config))
		return image;
	capture_image_free(image);
	return NULL;
}

void capture_image_free(struct capture_image *image)
{
	if (image->initramfs)
		initramfs_abandon(image->initramfs);
	text_list_release(&image->system_ids);
	plan_release(&image->plan);
	kernel_modules_free(image->modules);
	free(image->compression);
	free(image->file);
	free(image);
}

bool capture_image_is_current(const struct capture_image *image)
{
	return initramfs_is_current(image->initramfs);
}

const char *capture_image_file(const struct capture_image *image)
{
	return image->file;
}

static int build(struct capture_image *image)
{
	struct initramfs *initramfs = image->initramfs;

	if (capture_image_add_modules(image) ||
	    capture_image_add_programs(image))
		return -1;
	if (capture_image_is_current(image))
		return 0;
	fprintf(stderr, "Building the capture initramfs ...\n");
	image->initramfs = NULL;
	return initramfs_finish(initramfs);
}

char *capture_image_build(const char *version, const struct targets *targets,
			  const struct config *config)
{
	struct capture_image *image;
	char *file = NULL;

	if (mkdir(STATE_DIRECTORY, 0755) && errno != EEXIST) {
		warn("cannot make %s", STATE_DIRECTORY);
		return NULL;
	}
	image = capture_image_new(version, targets, config);
	if (!image)
		return NULL;
	if (!build(image))
		file = xstrdup(image->file);
	capture_image_free(image);
	return file;
}
