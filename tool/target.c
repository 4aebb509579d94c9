// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <libmount/libmount.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../lib/textfile.h"
#include "../lib/xalloc.h"
#include "target.h"

#define DM_UUID_LUKS2	"CRYPT-LUKS2-"
#define UUID_DIGITS	32

char *target_luks_uuid(const char *dm_uuid)
{
	static const size_t groups[] = { 8, 4, 4, 4, 12 };
	const char *digits = dm_uuid + strlen(DM_UUID_LUKS2);
	char uuid[UUID_DIGITS + 4 + 1], *out = uuid;
	size_t i, j;

	if (strncmp(dm_uuid, DM_UUID_LUKS2, strlen(DM_UUID_LUKS2)))
		return NULL;
	for (i = 0; i < UUID_DIGITS; i++)
		if (!isxdigit((unsigned char)digits[i]))
			return NULL;
	if (digits[UUID_DIGITS] != '-')
		return NULL;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (i)
			*out++ = '-';
		for (j = 0; j < groups[i]; j++)
			*out++ = tolower((unsigned char)*digits++);
	}
	*out = '\0';
	return xstrdup(uuid);
}

static bool exists(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);
	bool found = !access(path, F_OK);

	free(path);
	return found;
}

/* sysfs writes the slash in a name such as cciss/c0d0 as '!'. */
static char *device_file(const char *sysfs_name)
{
	char *file = xasprintf("/dev/%s", sysfs_name), *mark;

	while ((mark = strchr(file, '!')))
		*mark = '/';
	return file;
}

static char *read_attribute(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);
	char *value = textfile_read(path);

	free(path);
	return value;
}

/* The last component of what the link @name in @directory points to. */
static char *link_basename(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);
	char *resolved = realpath(path, NULL);
	char *base = resolved ? xstrdup(strrchr(resolved, '/') + 1) : NULL;

	free(path);
	free(resolved);
	return base;
}

/* The only entry of @directory; NULL where there is none or more than one. */
static char *only_entry(const char *directory)
{
	struct dirent *entry;
	unsigned int count = 0;
	char *name = NULL;
	DIR *dir;

	dir = opendir(directory);
	if (!dir)
		return NULL;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (!count++)
			name = xstrdup(entry->d_name);
	}
	closedir(dir);
	if (count == 1)
		return name;
	free(name);
	return NULL;
}

static void add_driver(struct target *target, char *module)
{
	size_t i;

	for (i = 0; i < target->driver_count; i++) {
		if (!strcmp(target->drivers[i], module)) {
			free(module);
			return;
		}
	}
	target->drivers = xrealloc(target->drivers, (target->driver_count + 1) *
				   sizeof(*target->drivers));
	target->drivers[target->driver_count++] = module;
}

/*
 * The modules whose drivers are bound to the disk's device or to anything
 * between it and the root of the device tree.
 */
static void find_drivers(struct target *target, const char *device)
{
	char *directory = xstrdup(device), *slash;

	while ((slash = strrchr(directory, '/')) && slash != directory) {
		char *module = link_basename(directory, "driver/module");

		if (module)
			add_driver(target, module);
		if (!strcmp(slash, "/devices"))
			break;
		*slash = '\0';
	}
	free(directory);
}

static bool is_local_disk(const char *device)
{
	char *disk = exists(device, "partition") ? xasprintf("%s/..", device) :
						   xstrdup(device);
	bool has_device = exists(disk, "device");

	free(disk);
	/*
	 * On no bus are loop and RAM disks, and NVMe over multipath or a
	 * network; a SCSI host has sessions where its disks are iSCSI's.
	 */
	return has_device && !strstr(device, "/devices/virtual/") &&
	       !strstr(device, "/session");
}

/*
 * @device: the sysfs directory of a disk or partition, resolved.
 */
static int resolve_disk(struct target *target, const char *device,
			char **reason)
{
	const char *name = strrchr(device, '/') + 1;
	char *type;

	if (exists(device, "md")) {
		*reason = xasprintf("%s is a RAID array (md), which is not supported yet",
				    name);
		return -1;
	}
	if (exists(device, "dm")) {
		type = read_attribute(device, "dm/uuid");
		*reason = xasprintf("%s is a %s device below the LUKS volume, which is not supported yet",
				    name, type && !strncmp(type, "LVM-", 4) ?
				    "LVM" : "device-mapper");
		free(type);
		return -1;
	}

	if (!is_local_disk(device)) {
		*reason = xasprintf("%s is not on a disk that the crash kernel could drive (loop, RAM, multipath and network devices are not supported)",
				    name);
		return -1;
	}
	find_drivers(target, device);
	return 0;
}

static int resolve_volume(struct target *target, const char *device,
			  char **reason)
{
	const char *name = strrchr(device, '/') + 1;
	char *dm_uuid = read_attribute(device, "dm/uuid");
	char *slaves, *slave, *below, *resolved;
	int ret = -1;

	target->luks_uuid = dm_uuid ? target_luks_uuid(dm_uuid) : NULL;
	if (!target->luks_uuid) {
		const char *what = "a device-mapper device that is not LUKS2";

		if (dm_uuid && !strncmp(dm_uuid, "LVM-", 4))
			what = "an LVM volume";
		else if (dm_uuid && !strncmp(dm_uuid, "CRYPT-LUKS1-", 12))
			what = "a LUKS1 volume";
		*reason = xasprintf("%s is %s, which is not supported yet",
				    name, what);
		free(dm_uuid);
		return -1;
	}
	free(dm_uuid);

	slaves = xasprintf("%s/slaves", device);
	slave = only_entry(slaves);
	free(slaves);
	if (!slave) {
		*reason = xasprintf("the LUKS volume %s does not lie on exactly one device",
				    name);
		return -1;
	}
	below = xasprintf("%s/slaves/%s", device, slave);
	resolved = realpath(below, NULL);
	free(below);
	if (resolved) {
		target->luks_device = device_file(slave);
		ret = resolve_disk(target, resolved, reason);
		free(resolved);
	} else {
		*reason = xasprintf("cannot find the device %s of the LUKS volume: %s",
				    slave, strerror(errno));
	}
	free(slave);
	return ret;
}

static int resolve_device(struct target *target, dev_t number,
			  const char *sysfs, char **reason)
{
	char *link = xasprintf("%s/dev/block/%u:%u", sysfs, major(number),
			       minor(number));
	char *device = realpath(link, NULL);
	int ret;

	free(link);
	if (!device) {
		*reason = xasprintf("%s is not on a local block device (it is on %s)",
				    target->path, target->filesystem_type);
		return -1;
	}
	target->filesystem_device = device_file(strrchr(device, '/') + 1);
	ret = exists(device, "dm") ? resolve_volume(target, device, reason) :
				     resolve_disk(target, device, reason);
	free(device);
	return ret;
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

static int resolve_filesystem(struct target *target, const char *mountinfo,
			      dev_t *number, char **reason)
{
	struct libmnt_table *table = mnt_new_table_from_file(mountinfo);
	struct libmnt_fs *fs;
	int ret = -1;

	if (!table) {
		*reason = xasprintf("cannot read %s", mountinfo);
		return -1;
	}
	fs = find_filesystem(table, target->path);
	if (!fs) {
		*reason = xasprintf("%s: no filesystem is mounted there",
				    target->path);
		goto unref;
	}
	target->filesystem_type = xstrdup(mnt_fs_get_fstype(fs));
	target->directory = directory_in_filesystem(target->path,
						    mnt_fs_get_target(fs),
						    mnt_fs_get_root(fs));
	*number = mnt_fs_get_devno(fs);
	ret = 0;
unref:
	mnt_unref_table(table);
	return ret;
}

static int resolve(struct target *target, const char *path,
		   const char *mountinfo, const char *sysfs, char **reason)
{
	struct stat status;
	dev_t number;

	target->path = realpath(path, NULL);
	if (!target->path) {
		*reason = xasprintf("%s: %s", path, strerror(errno));
		return -1;
	}
	if (stat(target->path, &status) || !S_ISDIR(status.st_mode)) {
		*reason = xasprintf("%s: not a directory", path);
		return -1;
	}
	if (resolve_filesystem(target, mountinfo, &number, reason) ||
	    resolve_device(target, number, sysfs, reason))
		return -1;
	if (strcmp(target->filesystem_type, "ext4")) {
		*reason = xasprintf("%s is on %s, and only ext4 is supported yet",
				    path, target->filesystem_type);
		return -1;
	}
	return 0;
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
	free(target->luks_uuid);
	free(target->luks_device);
	for (i = 0; i < target->driver_count; i++)
		free(target->drivers[i]);
	free(target->drivers);
	memset(target, 0, sizeof(*target));
}
