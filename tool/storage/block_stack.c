// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/storage/block_stack.h"

#define DM_UUID_LUKS1 "CRYPT-LUKS1-"
#define DM_UUID_LUKS2 "CRYPT-LUKS2-"
#define DM_UUID_LVM   "LVM-"
#define LVM_VG_LENGTH (sizeof(DM_UUID_LVM) - 1 + 32) /* and the group's ID */
#define UUID_DIGITS   32
#define MAX_DEPTH     16 /* of block devices on one another */

char *block_stack_luks_uuid(const char *dm_uuid)
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

char *block_stack_logical_volume(const char *dm_name)
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

/*
 * An NVMe disk that may have several controllers stands below none of them,
 * but they beside it.
 */
static int find_nvme_drivers(struct target *target, const char *device,
			     char **reason)
{
	const char *name = strrchr(device, '/') + 1;
	char *subsystem = xasprintf("%.*s", (int)(name - 1 - device), device);
	struct text_list entries = {};
	unsigned int found = 0;
	int ret = 0;
	size_t i;

	sysfs_list(&entries, subsystem);
	for (i = 0; i < entries.count && !ret; i++) {
		char *controller =
			xasprintf("%s/%s", subsystem, entries.items[i]);
		char *transport = sysfs_read(controller, "transport");
		char *resolved = realpath(controller, NULL);

		if (transport && strcmp(transport, "pcie")) {
			*reason = xasprintf(
				"%s is an NVMe disk over a network (%s), which the crash kernel does not have",
				name, transport);
			ret = -1;
		} else if (transport && resolved) {
			sysfs_add_drivers(&target->drivers, resolved);
			found++;
		}
		free(resolved);
		free(transport);
		free(controller);
	}
	if (!ret && !found) {
		*reason = xasprintf(
			"cannot find the controllers of the NVMe disk %s",
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
	return sysfs_has(device, "device") ? NULL : "without a driver's device";
}

/* @device: the sysfs directory of a disk, resolved. */
static int walk_disk(struct target *target, const char *device, char **reason)
{
	const char *name = strrchr(device, '/') + 1;
	const char *what;

	if (strstr(device, "/virtual/nvme-subsystem/"))
		return find_nvme_drivers(target, device, reason);
	what = what_instead_of_disk(device, name);
	if (what) {
		*reason = xasprintf(
			"%s is not on a disk that the crash kernel could drive: it is %s",
			name, what);
		return -1;
	}
	sysfs_add_drivers(&target->drivers, device);
	return 0;
}

static int walk(struct target *target, const char *device, unsigned int depth,
		char **reason);

/* All that @device lies on. */
static int walk_slaves(struct target *target, const char *device,
		       const struct text_list *slaves, unsigned int depth,
		       char **reason)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < slaves->count && !ret; i++) {
		char *link =
			xasprintf("%s/slaves/%s", device, slaves->items[i]);
		char *below = realpath(link, NULL);

		if (below) {
			ret = walk(target, below, depth + 1, reason);
		} else {
			*reason = xasprintf(
				"cannot find the device %s below %s: %s",
				slaves->items[i], strrchr(device, '/') + 1,
				strerror(errno));
			ret = -1;
		}
		free(below);
		free(link);
	}
	return ret;
}

static void add_volume(struct target *target, const char *luks_uuid,
		       const char *name, const char *slave)
{
	size_t i;

	for (i = 0; i < target->volume_count; i++)
		if (!strcmp(target->volumes[i].luks_uuid, luks_uuid))
			return;
	target->volumes =
		xrealloc(target->volumes,
			 (target->volume_count + 1) * sizeof(*target->volumes));
	target->volumes[target->volume_count++] = (struct target_volume) {
		.luks_uuid = xstrdup(luks_uuid),
		.device = sysfs_device_file(slave),
		.mapping = sysfs_device_file(name),
	};
}

/* What the device-mapper UUID of one that cannot be opened says about it. */
static const struct {
	const char *prefix;
	const char *what;
} unsupported_mappings[] = {
	{ "CRYPT-SUBDEV-",
	  "the lower half of a LUKS2 volume with authenticated encryption (--integrity), which is not supported" },
	{ "CRYPT-PLAIN-",
	  "a plain dm-crypt device, and without a LUKS header the crash kernel could not tell it" },
	{ "CRYPT-BITLK-", "a BitLocker volume, which is not supported" },
	{ "CRYPT-TCRYPT-",
	  "a TrueCrypt or VeraCrypt volume, which is not supported" },
	{ "CRYPT-FVAULT2-", "a FileVault2 volume, which is not supported" },
	{ "CRYPT-LOOPAES-", "a loop-AES volume, which is not supported" },
	{ "CRYPT-INTEGRITY-",
	  "a dm-integrity device, as one with authenticated encryption (luksFormat --integrity) has, which is not supported" },
	{ "CRYPT-VERITY-", "a dm-verity device, which nobody can write to" },
	{ "mpath-", "a multipath device, which is not supported" },
};

static const char *what_mapping(const char *dm_uuid)
{
	size_t i;

	for (i = 0;
	     i < sizeof(unsupported_mappings) / sizeof(unsupported_mappings[0]);
	     i++)
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
		char *below =
			xasprintf("%s/slaves/%s", device, slaves->items[i]);
		char *other = sysfs_read(below, "dm/uuid");
		bool is_logical = other && starts_with(other, DM_UUID_LVM);

		if (is_logical && !strncmp(dm_uuid, other, LVM_VG_LENGTH))
			*reason = xasprintf(
				"the logical volume %s is made of others (thin, snapshot, cache, mirror or RAID), which is not supported: use a linear or striped one",
				name);
		else if (is_logical)
			*reason = xasprintf(
				"the logical volume %s lies on a logical volume of another group, which is not supported",
				name);
		free(other);
		free(below);
	}
	return *reason ? -1 : 0;
}

static int walk_mapping(struct target *target, const char *device,
			const struct text_list *slaves, char **reason)
{
	const char *name = strrchr(device, '/') + 1;
	char *dm_uuid = sysfs_read(device, "dm/uuid") ?: xstrdup("");
	char *dm_name = sysfs_read(device, "dm/name") ?: xstrdup(name);
	char *luks_uuid = block_stack_luks_uuid(dm_uuid);
	char *logical_volume = NULL;
	int ret = -1;

	if (luks_uuid && slaves->count != 1) {
		*reason = xasprintf(
			"the LUKS volume %s does not lie on exactly one device",
			dm_name);
	} else if (luks_uuid) {
		add_volume(target, luks_uuid, name, slaves->items[0]);
		ret = 0;
	} else if (starts_with(dm_uuid, DM_UUID_LVM)) {
		logical_volume = block_stack_logical_volume(dm_name);
		if (logical_volume) {
			ret = check_logical_volume(device, logical_volume,
						   dm_uuid, slaves, reason);
			text_list_add_once(&target->logical_volumes,
					   logical_volume);
		} else {
			*reason = xasprintf(
				"%s is not the name that LVM gives to a logical volume",
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

static int walk_array(struct target *target, const char *device, char **reason)
{
	const char *name = strrchr(device, '/') + 1;
	char *level = sysfs_read(device, "md/level");
	char *uuid = sysfs_read(device, "md/uuid");
	char *metadata = sysfs_read(device, "md/metadata_version");
	char *personality;
	int ret = -1;

	if (!level || !is_known_level(level)) {
		*reason = xasprintf(
			"%s is an MD array of level %s, which is not supported",
			name, level ?: "unknown");
	} else if (!uuid || !metadata || !starts_with(metadata, "1.")) {
		/* What the firmware or an old kernel put together. */
		*reason = xasprintf(
			"%s is an MD array with %s metadata, and only version 1 is supported",
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
static int walk(struct target *target, const char *device, unsigned int depth,
		char **reason)
{
	struct text_list slaves = {};
	char *directory;
	int ret;

	if (depth > MAX_DEPTH) {
		*reason = xasprintf(
			"more than %d block devices lie on one another",
			MAX_DEPTH);
		return -1;
	}
	if (sysfs_has(device, "partition")) {
		char *disk = xasprintf("%.*s",
				       (int)(strrchr(device, '/') - device),
				       device);

		ret = walk(target, disk, depth + 1, reason);
		free(disk);
		return ret;
	}

	directory = xasprintf("%s/slaves", device);
	sysfs_list(&slaves, directory);
	free(directory);
	if (sysfs_has(device, "dm"))
		ret = walk_mapping(target, device, &slaves, reason);
	else if (sysfs_has(device, "md"))
		ret = walk_array(target, device, reason);
	else
		ret = walk_disk(target, device, reason);
	if (!ret)
		ret = walk_slaves(target, device, &slaves, depth, reason);
	text_list_release(&slaves);
	return ret;
}

int block_stack_walk(struct target *target, const char *device, char **reason)
{
	return walk(target, device, 0, reason);
}
