// SPDX-License-Identifier: GPL-2.0-or-later
#include <blkid/blkid.h>
#include <err.h>
#include <errno.h>
#include <glob.h>
#include <libmount/libmount.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/storage/block_stack.h"
#include "tool/storage/target.h"

/* Whether @link, a block device below sysfs, is what the file @name is of. */
static bool is_device_of(const char *link, const char *name)
{
	char *dm_name = sysfs_read(link, "dm/name");
	bool same = !strcmp(strrchr(link, '/') + 1, name) ||
		    (dm_name && !strcmp(dm_name, name));

	free(dm_name);
	return same;
}

/*
 * What /sys/fs/btrfs has for the device @source: a link among those of all
 * devices of its filesystem. NULL where there is none.
 */
static char *find_btrfs_link(const char *source, const char *sysfs)
{
	char *pattern = xasprintf("%s/fs/btrfs/*/devices/*", sysfs);
	char *file = realpath(source, NULL) ?: xstrdup(source);
	const char *slash = strrchr(file, '/');
	char *link = NULL;
	glob_t found;
	size_t i;

	if (!glob(pattern, GLOB_NOSORT, NULL, &found)) {
		for (i = 0; i < found.gl_pathc && !link; i++)
			if (is_device_of(found.gl_pathv[i],
					 slash ? slash + 1 : file))
				link = xstrdup(found.gl_pathv[i]);
		globfree(&found);
	}
	free(file);
	free(pattern);
	return link;
}

/*
 * The sysfs directory of the one device of a Btrfs, which is mounted under a
 * number that is no device's. NULL with *@reason set.
 */
static char *find_btrfs_device(const struct target *target, const char *source,
			       const char *sysfs, char **reason)
{
	char *link = find_btrfs_link(source, sysfs);
	char *device = link ? realpath(link, NULL) : NULL;
	struct text_list devices = {};

	if (device) {
		*strrchr(link, '/') = '\0';
		sysfs_list(&devices, link);
	}
	if (devices.count != 1) {
		*reason =
			devices.count ?
				xasprintf(
					"the Btrfs at %s lies on %zu devices, which is not supported: use one with a single device",
					target->path, devices.count) :
				xasprintf(
					"cannot find the device of the Btrfs at %s (%s)",
					target->path, source);
		free(device);
		device = NULL;
	}
	text_list_release(&devices);
	free(link);
	return device;
}

static char *find_device(const struct target *target, dev_t number,
			 const char *sysfs, char **reason)
{
	char *link = xasprintf("%s/dev/block/%u:%u", sysfs, major(number),
			       minor(number));
	char *device = realpath(link, NULL);

	free(link);
	if (!device)
		*reason = xasprintf(
			"%s is not on a local block device (it is on %s)",
			target->path, target->filesystem_type);
	return device;
}

static char *directory_in_filesystem(const char *path, const char *mount_point,
				     const char *root)
{
	const char *below = path;

	if (strcmp(mount_point, "/"))
		below += strlen(mount_point);
	if (!strcmp(root, "/"))
		return xstrdup(*below ? below : "/");
	return xasprintf("%s%s", root, strcmp(below, "/") ? below : "");
}

static bool lies_in(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	if (!strcmp(directory, "/"))
		return true;
	return !strncmp(path, directory, length) &&
	       (path[length] == '/' || !path[length]);
}

/* Of the mounts on @parent, the first that one meets on the way to @path. */
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
 * The filesystem that is seen at @path. Mounts form a tree: one that is hidden
 * by a later one above it is still in the table, and the table's order says
 * nothing.
 */
static struct libmnt_fs *find_filesystem(struct libmnt_table *table,
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

static int check_filesystem(const struct target *target, struct libmnt_fs *fs,
			    char **reason)
{
	static const char *const types[] = { "ext4", "xfs", "btrfs" };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(target->filesystem_type, types[i]))
			break;
	if (i == sizeof(types) / sizeof(types[0])) {
		*reason = xasprintf(
			"%s is on %s, and only ext4, XFS and Btrfs are supported",
			target->path, target->filesystem_type);
		return -1;
	}
	if (!strcmp(target->filesystem_type, "xfs") &&
	    (!mnt_fs_get_option(fs, "logdev", NULL, NULL) ||
	     !mnt_fs_get_option(fs, "rtdev", NULL, NULL))) {
		*reason = xasprintf(
			"the XFS at %s has its log or its realtime section on another device, which is not supported",
			target->path);
		return -1;
	}
	return 0;
}

/* The sysfs directory of the device that the mount @fs is of. */
static char *resolve_mount(struct target *target, struct libmnt_fs *fs,
			   const char *sysfs, char **reason)
{
	bool is_btrfs;
	char *device;

	target->filesystem_type = xstrdup(mnt_fs_get_fstype(fs));
	target->directory = directory_in_filesystem(target->path,
						    mnt_fs_get_target(fs),
						    mnt_fs_get_root(fs));
	is_btrfs = !strcmp(target->filesystem_type, "btrfs");
	device = is_btrfs ? find_btrfs_device(target, mnt_fs_get_source(fs),
					      sysfs, reason) :
			    find_device(target, mnt_fs_get_devno(fs), sysfs,
					reason);
	if (device && check_filesystem(target, fs, reason)) {
		free(device);
		return NULL;
	}
	/* A mount's root is a path from there, through whatever subvolumes. */
	if (is_btrfs)
		target->mount_options = "subvolid=5";
	return device;
}

static char *resolve_filesystem(struct target *target, const char *mountinfo,
				const char *sysfs, char **reason)
{
	struct libmnt_table *table = mnt_new_table_from_file(mountinfo);
	struct libmnt_fs *fs;
	char *device = NULL;

	if (!table) {
		*reason = xasprintf("cannot read %s", mountinfo);
		return NULL;
	}
	fs = find_filesystem(table, target->path);
	if (fs)
		device = resolve_mount(target, fs, sysfs, reason);
	else
		*reason = xasprintf("%s: no filesystem is mounted there",
				    target->path);
	mnt_unref_table(table);
	return device;
}

static int resolve(struct target *target, const char *path,
		   const char *mountinfo, const char *sysfs, char **reason)
{
	struct stat status;
	char *device;
	int ret;

	target->path = realpath(path, NULL);
	if (!target->path) {
		*reason = xasprintf("%s: %s", path, strerror(errno));
		return -1;
	}
	if (stat(target->path, &status) || !S_ISDIR(status.st_mode)) {
		*reason = xasprintf("%s: not a directory", path);
		return -1;
	}
	device = resolve_filesystem(target, mountinfo, sysfs, reason);
	if (!device)
		return -1;
	target->filesystem_device = sysfs_device_file(strrchr(device, '/') + 1);
	ret = block_stack_walk(target, device, reason);
	free(device);
	return ret;
}

int target_resolve(struct target *target, const char *path,
		   const char *mountinfo, const char *sysfs, char **reason)
{
	memset(target, 0, sizeof(*target));
	*reason = NULL;
	if (!resolve(target, path, mountinfo, sysfs, reason))
		return 0;
	target_release(target);
	return -1;
}

void target_release(struct target *target)
{
	size_t i;

	free(target->path);
	free(target->directory);
	free(target->filesystem_type);
	free(target->filesystem_device);
	for (i = 0; i < target->volume_count; i++) {
		free(target->volumes[i].luks_uuid);
		free(target->volumes[i].device);
		free(target->volumes[i].mapping);
	}
	free(target->volumes);
	text_list_release(&target->logical_volumes);
	text_list_release(&target->arrays);
	text_list_release(&target->drivers);
	memset(target, 0, sizeof(*target));
}

char *target_filesystem_uuid(const struct target *target)
{
	const char *device = target->filesystem_device;
	blkid_probe probe = blkid_new_probe_from_filename(device);
	const char *value;
	char *uuid = NULL;

	if (!probe) {
		warn("cannot read %s", device);
		return NULL;
	}
	if (blkid_do_safeprobe(probe) ||
	    blkid_probe_lookup_value(probe, "UUID", &value, NULL))
		warnx("%s: the filesystem has no UUID to find it by", device);
	else if (blkid_probe_has_value(probe, "EXT_JOURNAL"))
		warnx("%s: the filesystem has its journal on another device, which is not supported",
		      device);
	else
		uuid = xstrdup(value);
	blkid_free_probe(probe);
	return uuid;
}

static bool has_volume(const struct targets *targets, const char *luks_uuid)
{
	size_t i;

	for (i = 0; i < targets->volume_count; i++)
		if (!strcmp(targets->volumes[i]->luks_uuid, luks_uuid))
			return true;
	return false;
}

static void add_volumes(struct targets *targets, const struct target *target)
{
	size_t i;

	for (i = 0; i < target->volume_count; i++) {
		const struct target_volume *volume = &target->volumes[i];

		if (has_volume(targets, volume->luks_uuid))
			continue;
		targets->volumes = xrealloc(targets->volumes,
					    (targets->volume_count + 1) *
						    sizeof(*targets->volumes));
		targets->volumes[targets->volume_count++] = volume;
	}
}

static int add_target(struct targets *targets, const char *path)
{
	struct target *target = &targets->list[targets->count];
	char *reason;

	if (target_resolve(target, path, "/proc/self/mountinfo", "/sys",
			   &reason)) {
		warnx("cannot dump to %s: %s", path, reason);
		free(reason);
		return -1;
	}
	targets->count++;
	add_volumes(targets, target);
	return 0;
}

int targets_find(struct targets *targets, const char *path,
		 const struct text_list *fallback_paths)
{
	size_t i;
	int ret;

	*targets = (struct targets) {
		.list = xrealloc(NULL, (fallback_paths->count + 1) *
					       sizeof(*targets->list)),
	};
	ret = add_target(targets, path);
	for (i = 0; i < fallback_paths->count && !ret; i++)
		ret = add_target(targets, fallback_paths->items[i]);
	if (ret)
		targets_release(targets);
	return ret;
}

void targets_release(struct targets *targets)
{
	size_t i;

	for (i = 0; i < targets->count; i++)
		target_release(&targets->list[i]);
	free(targets->list);
	free(targets->volumes);
	memset(targets, 0, sizeof(*targets));
}
