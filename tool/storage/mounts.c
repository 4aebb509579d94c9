// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "lib/xalloc.h"
#include "tool/storage/btrfs.h"
#include "tool/storage/mounts.h"

static bool lies_in(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	if (!strcmp(directory, "/"))
		return true;
	return !strncmp(path, directory, length) &&
	       (path[length] == '/' || !path[length]);
}

/* Return the mount on @parent that is the first one on the way to @path. */
static struct libmnt_fs *first_mount_on(struct libmnt_table *table,
					struct libmnt_fs *parent,
					const char *path)
{
	struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs, *first = NULL;

	while (!mnt_table_next_fs(table, iterator, &fs)) {
		if (fs == parent ||
		    mnt_fs_get_parent_id(fs) != mnt_fs_get_id(parent) ||
		    !lies_in(path, mnt_fs_get_target(fs)))
			continue;
		if (!first || strlen(mnt_fs_get_target(fs)) <
				      strlen(mnt_fs_get_target(first)))
			first = fs;
	}
	mnt_free_iter(iterator);
	return first;
}

/*
 * Mounts form a tree. A mount that is hidden by a later one above it is still in
 * the table, and the order of the table does not show that.
 */
struct libmnt_fs *mounts_find_filesystem(struct libmnt_table *table,
					 const char *path)
{
	struct libmnt_fs *fs, *above;

	if (mnt_table_get_root_fs(table, &fs) ||
	    !lies_in(path, mnt_fs_get_target(fs)))
		return NULL;
	while ((above = first_mount_on(table, fs, path)))
		fs = above;
	return fs;
}

char *mounts_directory_in_filesystem(struct libmnt_fs *fs, const char *path)
{
	const char *mount_point = mnt_fs_get_target(fs);
	const char *root = mnt_fs_get_root(fs);
	const char *below = path;

	if (strcmp(mount_point, "/"))
		below += strlen(mount_point);
	if (!strcmp(root, "/"))
		return xstrdup(*below ? below : "/");
	return xasprintf("%s%s", root, strcmp(below, "/") ? below : "");
}

/* The device number of a mounted Btrfs is not that of a block device. */
int mounts_find_devices(struct text_list *devices, struct libmnt_fs *fs,
			const char *path, const char *sysfs,
			struct error *error)
{
	dev_t number = mnt_fs_get_devno(fs);
	char *link, *device;

	if (!strcmp(mnt_fs_get_fstype(fs), "btrfs"))
		return btrfs_find_devices(devices, path, mnt_fs_get_source(fs),
					  sysfs, error);
	link = xasprintf("%s/dev/block/%u:%u", sysfs, major(number),
			 minor(number));
	device = realpath(link, NULL);
	free(link);
	if (!device)
		return error_set(
			error, 0,
			"%s is not on a local block device (it is on %s)", path,
			mnt_fs_get_fstype(fs));
	text_list_add(devices, device);
	free(device);
	return 0;
}
