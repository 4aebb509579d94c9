// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/keys/volume_header.h"
#include "tool/setup/setup.h"

/* For root only: a dump may contain the keys of the machine's volumes. */
#define PATH_MODE 0700

static int find_existing(struct setup *setup, const char *path,
			 struct error *error)
{
	if (targets_find(&setup->targets, path, &setup->config.fallback_paths,
			 &setup->messages.warnings, error))
		return -1;
	setup->path = xstrdup(setup->targets.list[0].path);
	return 0;
}

/*
 * Make one directory, but not those above it: if they are missing as well, a
 * volume is probably not mounted. The capture initramfs is built before the
 * directory is made, and has to be the one that load needs.
 */
static int find_missing(struct setup *setup, const char *path,
			struct error *error)
{
	char *above_copy = xstrdup(path), *name_copy = xstrdup(path);
	const char *above = dirname(above_copy), *name = basename(name_copy);
	int ret = targets_find(&setup->targets, above,
			       &setup->config.fallback_paths,
			       &setup->messages.warnings, error);

	if (!ret) {
		target_descend(&setup->targets.list[0], name);
		setup->path = xstrdup(setup->targets.list[0].path);
		change_want_directory(&setup->wanted, setup->path, PATH_MODE);
	}
	free(above_copy);
	free(name_copy);
	return ret;
}

static void report_volume(struct setup *setup, const struct luks_volume *volume)
{
	char *device = sysfs_familiar_device("/sys", volume->device);

	setup_report(setup, "LUKS volume", "%s, on %s", volume->luks_uuid,
		     device);
	free(device);
}

static void report_target(struct setup *setup, const char *title,
			  const char *path, const struct target *target)
{
	char *device = sysfs_familiar_device("/sys", target->filesystem_device);
	size_t i;

	setup_report(setup, title, "%s, on %s (%s)", path, device,
		     target->filesystem_type);
	free(device);
	for (i = 0; i < target->stack.volume_count; i++)
		report_volume(setup, &target->stack.volumes[i]);
	if (!target->stack.volume_count)
		setup_report(setup, "LUKS volume",
			     "none, dumps are not encrypted");
}

int setup_path(struct setup *setup, struct error *error)
{
	const char *path = setup->path_option ?: setup->config.path;
	int ret = !access(path, F_OK) || errno != ENOENT ?
			  find_existing(setup, path, error) :
			  find_missing(setup, path, error);
	size_t i;

	if (ret || volume_check_all(&setup->targets, NULL, error))
		return -1;
	report_target(setup, "Dump path", setup->path, &setup->targets.list[0]);
	for (i = 1; i < setup->targets.count; i++)
		report_target(setup, "Fallback", setup->targets.list[i].path,
			      &setup->targets.list[i]);
	return 0;
}
