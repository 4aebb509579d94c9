// SPDX-License-Identifier: GPL-2.0-or-later
#include <blkid/blkid.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "lib/device_tag.h"
#include "lib/ext4_errors.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/storage/mounts.h"
#include "tool/storage/target.h"
#include "tool/storage/writable.h"

#define SECTOR_SIZE 512 /* of sysfs, whatever the disk has */

static int check_filesystem(const struct target *target, struct libmnt_fs *fs,
			    struct error *error)
{
	static const char *const types[] = { "ext4",  "ext3", "ext2", "xfs",
					     "btrfs", "f2fs", "vfat", "exfat" };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(target->filesystem_type, types[i]))
			break;
	if (i == sizeof(types) / sizeof(types[0]))
		return error_set(
			error, 0,
			"%s is on %s, and only ext2, ext3, ext4, XFS, Btrfs, F2FS, FAT and exFAT are supported",
			target->path, target->filesystem_type);
	if (!strcmp(target->filesystem_type, "xfs") &&
	    (!mnt_fs_get_option(fs, "logdev", NULL, NULL) ||
	     !mnt_fs_get_option(fs, "rtdev", NULL, NULL)))
		return error_set(
			error, 0,
			"the XFS at %s has its log or its realtime section on another device, which is not supported",
			target->path);
	return 0;
}

/*
 * Options that the crash kernel has to give, too. XFS checks all quotas at the
 * next mount if it was mounted without them. FAT needs a module for each of the
 * others.
 */
static const struct {
	const char *filesystem, *option;
} kept_options[] = {
	{ "xfs", "usrquota" },	  { "xfs", "uqnoenforce" },
	{ "xfs", "grpquota" },	  { "xfs", "gqnoenforce" },
	{ "xfs", "prjquota" },	  { "xfs", "pqnoenforce" },
	{ "vfat", "codepage" },	  { "vfat", "iocharset" },
	{ "exfat", "iocharset" },
};

/* Return NULL if there are none. The caller frees them. */
static char *find_options(struct libmnt_fs *fs, const char *type)
{
	char *options = NULL, *value, *copy;
	size_t i, size;

	for (i = 0; i < sizeof(kept_options) / sizeof(kept_options[0]); i++) {
		const char *name = kept_options[i].option;

		value = NULL;
		size = 0;
		if (strcmp(kept_options[i].filesystem, type) ||
		    mnt_fs_get_option(fs, name, &value, &size))
			continue;
		copy = value ? xasprintf("%.*s", (int)size, value) : NULL;
		mnt_optstr_append_option(&options, name, copy);
		free(copy);
	}
	return options;
}

/* Add the sysfs directories of the devices of the mounted filesystem @fs. */
static int resolve_mount(struct text_list *devices, struct target *target,
			 struct libmnt_fs *fs, const char *sysfs,
			 struct error *error)
{
	target->filesystem_type = xstrdup(mnt_fs_get_fstype(fs));
	target->directory = mounts_directory_in_filesystem(fs, target->path);
	if (mounts_find_devices(devices, fs, target->path, sysfs, error) ||
	    check_filesystem(target, fs, error))
		return -1;
	/* The directory is a path from the top-level subvolume. */
	if (!strcmp(target->filesystem_type, "btrfs"))
		target->mount_options = xstrdup("subvolid=5");
	else
		target->mount_options =
			find_options(fs, target->filesystem_type);
	return 0;
}

static int resolve_filesystem(struct text_list *devices, struct target *target,
			      const char *mountinfo, const char *sysfs,
			      struct error *error)
{
	struct libmnt_table *table = mnt_new_table_from_file(mountinfo);
	struct libmnt_fs *fs;
	int ret;

	if (!table)
		return error_set(error, 0, "cannot read %s", mountinfo);
	fs = mounts_find_filesystem(table, target->path);
	if (fs)
		ret = resolve_mount(devices, target, fs, sysfs, error);
	else
		ret = error_set(error, 0, "%s: no filesystem is mounted there",
				target->path);
	mnt_unref_table(table);
	return ret;
}

static int walk_device(struct target *target, const char *device,
		       struct error *error)
{
	struct block_stack *stack = &target->stack;
	int ret = block_stack_walk(stack, device, error);

	target->devices =
		xrealloc(target->devices,
			 (target->device_count + 1) * sizeof(*target->devices));
	target->devices[target->device_count++] = (struct target_device) {
		.file = sysfs_device_file(strrchr(device, '/') + 1),
		.layer = stack->layer,
	};
	stack->layer = NULL;
	return ret;
}

/* F2FS names its other devices only in its superblock. */
static int check_size(const struct target *target, const char *device,
		      struct error *error)
{
	char *sectors = sysfs_read(device, "size");
	struct statvfs status;
	int ret = 0;

	if (!strcmp(target->filesystem_type, "f2fs") && sectors &&
	    !statvfs(target->path, &status) &&
	    (uint64_t)status.f_blocks * status.f_frsize >
		    strtoull(sectors, NULL, 10) * SECTOR_SIZE)
		ret = error_set(
			error, 0,
			"the F2FS at %s lies on several devices, which is not supported",
			target->path);
	free(sectors);
	return ret;
}

static int resolve(struct target *target, const char *path,
		   const char *mountinfo, const char *sysfs,
		   struct error *error)
{
	struct text_list devices = {};
	struct stat status;
	size_t i;
	int ret;

	target->given_path = xstrdup(path);
	target->path = realpath(path, NULL);
	if (!target->path)
		return error_set_errno(error, "%s", path);
	if (stat(target->path, &status) || !S_ISDIR(status.st_mode))
		return error_set(error, ENOTDIR, "%s: not a directory", path);
	ret = resolve_filesystem(&devices, target, mountinfo, sysfs, error);
	for (i = 0; i < devices.count && !ret; i++)
		ret = walk_device(target, devices.items[i], error);
	if (!ret)
		ret = check_size(target, devices.items[0], error);
	if (!ret)
		ret = writable_check(target->path, &target->stack, error);
	if (target->device_count)
		target->filesystem_device = xstrdup(target->devices[0].file);
	text_list_release(&devices);
	return ret;
}

int target_resolve(struct target *target, const char *path,
		   const char *mountinfo, const char *sysfs,
		   struct error *error)
{
	memset(target, 0, sizeof(*target));
	if (!resolve(target, path, mountinfo, sysfs, error))
		return 0;
	target_release(target);
	return -1;
}

void target_release(struct target *target)
{
	size_t i;

	for (i = 0; i < target->device_count; i++) {
		free(target->devices[i].file);
		free(target->devices[i].layer);
	}
	free(target->devices);
	free(target->path);
	free(target->given_path);
	free(target->directory);
	free(target->filesystem_type);
	free(target->filesystem_device);
	free(target->mount_options);
	block_stack_release(&target->stack);
	memset(target, 0, sizeof(*target));
}

static void descend(char **directory, const char *name)
{
	char *below = xasprintf("%s/%s",
				strcmp(*directory, "/") ? *directory : "",
				name);

	free(*directory);
	*directory = below;
}

void target_descend(struct target *target, const char *name)
{
	descend(&target->path, name);
	descend(&target->directory, name);
}

char *target_filesystem_uuid(const struct target *target, struct error *error)
{
	const char *device = target->filesystem_device;
	blkid_probe probe = blkid_new_probe_from_filename(device);
	const char *value;
	char *uuid = NULL;

	if (!probe) {
		error_set_errno(error, "cannot read %s", device);
		return NULL;
	}
	if (blkid_do_safeprobe(probe) ||
	    blkid_probe_lookup_value(probe, "UUID", &value, NULL))
		error_set(error, 0,
			  "%s: the filesystem has no UUID to identify it by",
			  device);
	else if (blkid_probe_has_value(probe, "EXT_JOURNAL"))
		error_set(
			error, 0,
			"%s: the filesystem has its journal on another device, which is not supported",
			device);
	else
		uuid = xstrdup(value);
	blkid_free_probe(probe);
	return uuid;
}

bool target_has_errors(const struct target *target)
{
	return !target->stack.is_suspended &&
	       !strcmp(target->filesystem_type, "ext4") &&
	       ext4_has_errors(target->filesystem_device);
}

char *target_device_uuid(const char *device)
{
	return device_tag(device, "UUID");
}

char *target_member_uuid(const struct target *target, const char *device)
{
	return device_tag(device,
			  target->device_count > 1 ? "UUID_SUB" : "UUID");
}
