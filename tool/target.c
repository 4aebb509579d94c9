// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
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

#define DM_UUID_LUKS1	"CRYPT-LUKS1-"
#define DM_UUID_LUKS2	"CRYPT-LUKS2-"
#define DM_UUID_LVM	"LVM-"
#define LVM_VG_LENGTH	(sizeof(DM_UUID_LVM) - 1 + 32)	/* and the group's ID */
#define UUID_DIGITS	32
#define MAX_DEPTH	16	/* of block devices on one another */

static bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

char *target_luks_uuid(const char *dm_uuid)
{
	static const size_t groups[] = { 8, 4, 4, 4, 12 };
	const char *digits = dm_uuid + strlen(DM_UUID_LUKS2);
	char uuid[UUID_DIGITS + 4 + 1], *out = uuid;
	size_t i, j;

	if (!starts_with(dm_uuid, DM_UUID_LUKS1) &&
	    !starts_with(dm_uuid, DM_UUID_LUKS2))
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

char *target_logical_volume(const char *dm_name)
{
	char *name = xstrdup(dm_name), *out = name;
	unsigned int separators = 0;
	const char *in;

	for (in = dm_name; *in; in++) {
		if (*in != '-') {
			*out++ = *in;
		} else if (in[1] == '-') {
			*out++ = '-';
			in++;
		} else {
			*out++ = '/';
			separators++;
		}
	}
	*out = '\0';
	if (separators == 1 && name[0] != '/' && out[-1] != '/')
		return name;
	free(name);
	return NULL;
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

/* The names of the entries of @directory; none where it is not there. */
static void list_directory(struct text_list *list, const char *directory)
{
	struct dirent *entry;
	DIR *dir = opendir(directory);

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			text_list_add(list, entry->d_name);
	closedir(dir);
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
			text_list_add_once(&target->drivers, module);
		free(module);
		if (!strcmp(slash, "/devices"))
			break;
		*slash = '\0';
	}
	free(directory);
}

/*
 * An NVMe disk that may have several controllers stands below none of them,
 * but they beside it.
 */
static int find_nvme_drivers(struct target *target, const char *device,
			     char **reason)
{
	const char *name = strrchr(device, '/') + 1;
	char *subsystem = xasprintf("%.*s", (int)(name - 1 - device), device);
	struct text_list entries = { };
	unsigned int found = 0;
	int ret = 0;
	size_t i;

	list_directory(&entries, subsystem);
	for (i = 0; i < entries.count && !ret; i++) {
		char *controller = xasprintf("%s/%s", subsystem,
					     entries.items[i]);
		char *transport = read_attribute(controller, "transport");
		char *resolved = realpath(controller, NULL);

		if (transport && strcmp(transport, "pcie")) {
			*reason = xasprintf("%s is an NVMe disk over a network (%s), which the crash kernel does not have",
					    name, transport);
			ret = -1;
		} else if (transport && resolved) {
			find_drivers(target, resolved);
			found++;
		}
		free(resolved);
		free(transport);
		free(controller);
	}
	if (!ret && !found) {
		*reason = xasprintf("cannot find the controllers of the NVMe disk %s",
				    name);
		ret = -1;
	}
	text_list_release(&entries);
	free(subsystem);
	return ret;
}

/* What the kernel calls devices that are no disks, by their first letters. */
static const struct {
	const char *prefix;
	const char *what;
} no_disks[] = {
	{ "loop", "a loop device, a file on another filesystem" },
	{ "nbd", "a network block device" },
	{ "rbd", "a network block device" },
	{ "drbd", "a network block device (DRBD)" },
	{ "bcache", "a bcache device" },
	{ "zd", "a ZFS volume" },
	{ "zram", "memory" },
	{ "ram", "memory" },
	{ "pmem", "memory" },
};

static const char *what_instead_of_disk(const char *device, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(no_disks) / sizeof(no_disks[0]); i++)
		if (starts_with(name, no_disks[i].prefix))
			return no_disks[i].what;
	/* A SCSI host has sessions where its disks are iSCSI's. */
	if (strstr(device, "/session"))
		return "an iSCSI disk, and the crash kernel has no network";
	if (strstr(device, "/devices/virtual/"))
		return "on no bus";
	return exists(device, "device") ? NULL : "without a driver's device";
}

/* @device: the sysfs directory of a disk, resolved. */
static int resolve_disk(struct target *target, const char *device,
			char **reason)
{
	const char *name = strrchr(device, '/') + 1;
	const char *what;

	if (strstr(device, "/virtual/nvme-subsystem/"))
		return find_nvme_drivers(target, device, reason);
	what = what_instead_of_disk(device, name);
	if (what) {
		*reason = xasprintf("%s is not on a disk that the crash kernel could drive: it is %s",
				    name, what);
		return -1;
	}
	find_drivers(target, device);
	return 0;
}

static int resolve_device(struct target *target, const char *device,
			  unsigned int depth, char **reason);

/* All that @device lies on. */
static int resolve_slaves(struct target *target, const char *device,
			  const struct text_list *slaves, unsigned int depth,
			  char **reason)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < slaves->count && !ret; i++) {
		char *link = xasprintf("%s/slaves/%s", device,
				       slaves->items[i]);
		char *below = realpath(link, NULL);

		if (below) {
			ret = resolve_device(target, below, depth + 1, reason);
		} else {
			*reason = xasprintf("cannot find the device %s below %s: %s",
					    slaves->items[i],
					    strrchr(device, '/') + 1,
					    strerror(errno));
			ret = -1;
		}
		free(below);
		free(link);
	}
	return ret;
}

static void add_volume(struct target *target, const char *luks_uuid,
		       const char *slave)
{
	size_t i;

	for (i = 0; i < target->volume_count; i++)
		if (!strcmp(target->volumes[i].luks_uuid, luks_uuid))
			return;
	target->volumes = xrealloc(target->volumes, (target->volume_count + 1) *
				   sizeof(*target->volumes));
	target->volumes[target->volume_count++] = (struct target_volume) {
		.luks_uuid = xstrdup(luks_uuid),
		.device = device_file(slave),
	};
}

/* What the device-mapper UUID of one that cannot be opened says about it. */
static const struct {
	const char *prefix;
	const char *what;
} unsupported_mappings[] = {
	{ "CRYPT-SUBDEV-", "the lower half of a LUKS2 volume with authenticated encryption (--integrity), which is not supported" },
	{ "CRYPT-PLAIN-", "a plain dm-crypt device, and without a LUKS header the crash kernel could not tell it" },
	{ "CRYPT-BITLK-", "a BitLocker volume, which is not supported" },
	{ "CRYPT-TCRYPT-", "a TrueCrypt or VeraCrypt volume, which is not supported" },
	{ "CRYPT-FVAULT2-", "a FileVault2 volume, which is not supported" },
	{ "CRYPT-LOOPAES-", "a loop-AES volume, which is not supported" },
	{ "CRYPT-INTEGRITY-", "a dm-integrity device, which is not supported" },
	{ "CRYPT-VERITY-", "a dm-verity device, which nobody can write to" },
	{ "mpath-", "a multipath device, which is not supported" },
};

static const char *what_mapping(const char *dm_uuid)
{
	size_t i;

	for (i = 0; i < sizeof(unsupported_mappings) /
			sizeof(unsupported_mappings[0]); i++)
		if (starts_with(dm_uuid, unsupported_mappings[i].prefix))
			return unsupported_mappings[i].what;
	return "a device-mapper device that is neither a LUKS volume nor a logical volume, which is not supported";
}

/*
 * A thin, cached, mirrored or RAID volume, a snapshot and its origin: all lie
 * on further devices of their own volume group.
 */
static int check_logical_volume(const char *device, const char *name,
				const char *dm_uuid,
				const struct text_list *slaves, char **reason)
{
	size_t i;

	for (i = 0; i < slaves->count && !*reason; i++) {
		char *below = xasprintf("%s/slaves/%s", device,
					slaves->items[i]);
		char *other = read_attribute(below, "dm/uuid");
		bool is_logical = other && starts_with(other, DM_UUID_LVM);

		if (is_logical && !strncmp(dm_uuid, other, LVM_VG_LENGTH))
			*reason = xasprintf("the logical volume %s is made of others (thin, snapshot, cache, mirror or RAID), which is not supported: use a linear or striped one",
					    name);
		else if (is_logical)
			*reason = xasprintf("the logical volume %s lies on a logical volume of another group, which is not supported",
					    name);
		free(other);
		free(below);
	}
	return *reason ? -1 : 0;
}

static int resolve_mapping(struct target *target, const char *device,
			   const struct text_list *slaves, char **reason)
{
	const char *name = strrchr(device, '/') + 1;
	char *dm_uuid = read_attribute(device, "dm/uuid") ?: xstrdup("");
	char *dm_name = read_attribute(device, "dm/name") ?: xstrdup(name);
	char *luks_uuid = target_luks_uuid(dm_uuid);
	char *logical_volume = NULL;
	int ret = -1;

	if (luks_uuid && slaves->count != 1) {
		*reason = xasprintf("the LUKS volume %s does not lie on exactly one device",
				    dm_name);
	} else if (luks_uuid) {
		add_volume(target, luks_uuid, slaves->items[0]);
		ret = 0;
	} else if (starts_with(dm_uuid, DM_UUID_LVM)) {
		logical_volume = target_logical_volume(dm_name);
		if (logical_volume) {
			ret = check_logical_volume(device, logical_volume,
						   dm_uuid, slaves, reason);
			text_list_add_once(&target->logical_volumes,
					   logical_volume);
		} else {
			*reason = xasprintf("%s is not the name that LVM gives to a logical volume",
					    dm_name);
		}
	} else {
		*reason = xasprintf("%s is %s", dm_name, what_mapping(dm_uuid));
	}
	free(logical_volume);
	free(luks_uuid);
	free(dm_name);
	free(dm_uuid);
	return ret;
}

static bool is_known_level(const char *level)
{
	static const char *const levels[] = {
		"raid0", "raid1", "raid4", "raid5", "raid6", "raid10",
	};
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (!strcmp(level, levels[i]))
			return true;
	return false;
}

static int resolve_array(struct target *target, const char *device,
			 char **reason)
{
	const char *name = strrchr(device, '/') + 1;
	char *level = read_attribute(device, "md/level");
	char *uuid = read_attribute(device, "md/uuid");
	char *metadata = read_attribute(device, "md/metadata_version");
	char *personality;
	int ret = -1;

	if (!level || !is_known_level(level)) {
		*reason = xasprintf("%s is an MD array of level %s, which is not supported",
				    name, level ?: "unknown");
	} else if (!uuid || !metadata || !starts_with(metadata, "1.")) {
		/* What the firmware or an old kernel put together. */
		*reason = xasprintf("%s is an MD array with %s metadata, and only version 1 is supported",
				    name, metadata ?: "unknown");
	} else {
		text_list_add_once(&target->arrays, uuid);
		personality = xasprintf("md-%s", level);
		text_list_add_once(&target->drivers, personality);
		free(personality);
		ret = 0;
	}
	free(metadata);
	free(uuid);
	free(level);
	return ret;
}

/* @device: the sysfs directory of a block device, resolved. */
static int resolve_device(struct target *target, const char *device,
			  unsigned int depth, char **reason)
{
	struct text_list slaves = { };
	char *directory;
	int ret;

	if (depth > MAX_DEPTH) {
		*reason = xasprintf("more than %d block devices lie on one another",
				    MAX_DEPTH);
		return -1;
	}
	if (exists(device, "partition")) {
		char *disk = xasprintf("%.*s", (int)(strrchr(device, '/') -
						     device), device);

		ret = resolve_device(target, disk, depth + 1, reason);
		free(disk);
		return ret;
	}

	directory = xasprintf("%s/slaves", device);
	list_directory(&slaves, directory);
	free(directory);
	if (exists(device, "dm"))
		ret = resolve_mapping(target, device, &slaves, reason);
	else if (exists(device, "md"))
		ret = resolve_array(target, device, reason);
	else
		ret = resolve_disk(target, device, reason);
	if (!ret)
		ret = resolve_slaves(target, device, &slaves, depth, reason);
	text_list_release(&slaves);
	return ret;
}

/*
 * The sysfs directory of the one device of a Btrfs, which is mounted under a
 * number that is no device's. NULL with *@reason set.
 */
static char *find_btrfs_device(const struct target *target,
			       const char *source, const char *sysfs,
			       char **reason)
{
	char *file = realpath(source, NULL);
	char *name = xstrdup(file ? strrchr(file, '/') + 1 : source);
	char *pattern = xasprintf("%s/fs/btrfs/*/devices/%s", sysfs, name);
	char *link = xasprintf("%s/class/block/%s", sysfs, name);
	char *device = realpath(link, NULL);
	struct text_list devices = { };
	glob_t found;

	if (device && !glob(pattern, GLOB_NOSORT, NULL, &found)) {
		*strrchr(found.gl_pathv[0], '/') = '\0';
		list_directory(&devices, found.gl_pathv[0]);
		globfree(&found);
	}
	if (devices.count != 1) {
		*reason = devices.count ?
			xasprintf("the Btrfs at %s lies on %zu devices, which is not supported: use one with a single device",
				  target->path, devices.count) :
			xasprintf("cannot find the device of the Btrfs at %s (%s)",
				  target->path, source);
		free(device);
		device = NULL;
	}
	text_list_release(&devices);
	free(link);
	free(pattern);
	free(name);
	free(file);
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
		*reason = xasprintf("%s is not on a local block device (it is on %s)",
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
		*reason = xasprintf("%s is on %s, and only ext4, XFS and Btrfs are supported",
				    target->path, target->filesystem_type);
		return -1;
	}
	if (!strcmp(target->filesystem_type, "xfs") &&
	    (!mnt_fs_get_option(fs, "logdev", NULL, NULL) ||
	     !mnt_fs_get_option(fs, "rtdev", NULL, NULL))) {
		*reason = xasprintf("the XFS at %s has its log or its realtime section on another device, which is not supported",
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
	device = is_btrfs ?
		 find_btrfs_device(target, mnt_fs_get_source(fs), sysfs,
				   reason) :
		 find_device(target, mnt_fs_get_devno(fs), sysfs, reason);
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
	target->filesystem_device = device_file(strrchr(device, '/') + 1);
	ret = resolve_device(target, device, 0, reason);
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
	}
	free(target->volumes);
	text_list_release(&target->logical_volumes);
	text_list_release(&target->arrays);
	text_list_release(&target->drivers);
	memset(target, 0, sizeof(*target));
}
