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
#include "tool/storage/disk_drivers.h"
#include "tool/storage/lvm_parts.h"

#define DM_UUID_LUKS1	  "CRYPT-LUKS1-"
#define DM_UUID_LUKS2	  "CRYPT-LUKS2-"
#define DM_UUID_LVM	  "LVM-"
#define DM_UUID_PATHS	  "mpath-"
#define DM_UUID_INTEGRITY "CRYPT-INTEGRITY-"
#define DM_UUID_SUBDEV	  "CRYPT-SUBDEV-"
#define LVM_VG_LENGTH	  (sizeof(DM_UUID_LVM) - 1 + 32) /* with the group's ID */
#define UUID_DIGITS	  32
#define MAX_DEPTH	  16 /* more levels of block devices are a mistake */

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

/* Only the first one that the walk meets is the uppermost. */
static void note_layer(struct block_stack *stack, const char *kind,
		       const char *uuid)
{
	if (!stack->layer)
		stack->layer = xasprintf("%s %s", kind, uuid);
}

static void add_volume(struct block_stack *stack, const char *luks_uuid,
		       const char *name, const char *slave)
{
	size_t i;

	note_layer(stack, "luks", luks_uuid);
	for (i = 0; i < stack->volume_count; i++)
		if (!strcmp(stack->volumes[i].luks_uuid, luks_uuid))
			return;
	stack->volumes =
		xrealloc(stack->volumes,
			 (stack->volume_count + 1) * sizeof(*stack->volumes));
	stack->volumes[stack->volume_count++] = (struct luks_volume) {
		.luks_uuid = xstrdup(luks_uuid),
		.device = sysfs_device_file(slave),
		.mapping = sysfs_device_file(name),
	};
}

/* Devices that the crash kernel cannot open, by their device-mapper UUID. */
static const struct {
	const char *prefix;
	const char *what;
} unsupported_mappings[] = {
	{ "CRYPT-PLAIN-",
	  "a plain dm-crypt device: without a LUKS header the crash kernel could not identify it" },
	{ "CRYPT-BITLK-", "a BitLocker volume, which is not supported" },
	{ "CRYPT-TCRYPT-",
	  "a TrueCrypt or VeraCrypt volume, which is not supported" },
	{ "CRYPT-FVAULT2-", "a FileVault2 volume, which is not supported" },
	{ "CRYPT-LOOPAES-", "a loop-AES volume, which is not supported" },
	{ DM_UUID_SUBDEV,
	  "a device between a LUKS volume and its disk, which is not supported" },
	{ DM_UUID_INTEGRITY,
	  "a dm-integrity device that is not part of a LUKS volume, which is not supported" },
	{ "CRYPT-VERITY-", "a dm-verity device, which is read-only" },
};

static const char *describe_mapping(const char *dm_uuid)
{
	size_t i;

	for (i = 0;
	     i < sizeof(unsupported_mappings) / sizeof(unsupported_mappings[0]);
	     i++)
		if (starts_with(dm_uuid, unsupported_mappings[i].prefix))
			return unsupported_mappings[i].what;
	return "a device-mapper device that is neither a LUKS volume nor a logical volume, which is not supported";
}

static bool is_in_same_group(const char *dm_uuid, const char *other)
{
	return !strncmp(dm_uuid, other, LVM_VG_LENGTH);
}

/* The device that lies directly on the one that the walk has reached. */
struct above {
	const char *name;    /* of a part of a logical volume: that volume's */
	const char *dm_uuid; /* NULL: it is no mapping */
	bool is_array;
};

static const char *skip_partition(const char *dm_uuid)
{
	const char *end = dm_uuid + strlen("part");

	if (!starts_with(dm_uuid, "part"))
		return dm_uuid;
	end += strspn(end, "0123456789");
	return *end == '-' ? end + 1 : dm_uuid;
}

/* The disks below it are the same one, and kpartx makes partitions of it. */
static bool is_multipath(const char *dm_uuid)
{
	return starts_with(skip_partition(dm_uuid), DM_UUID_PATHS);
}

static bool is_logical_volume(const char *dm_uuid)
{
	return dm_uuid && starts_with(dm_uuid, DM_UUID_LVM);
}

/* A device of a volume group. Arrays and mappings are found by their UUIDs. */
static void add_physical_volume(struct block_stack *stack, const char *device,
				const struct above *above)
{
	char *file;

	if (!is_logical_volume(above->dm_uuid))
		return;
	file = sysfs_device_file(strrchr(device, '/') + 1);
	text_list_add_once(&stack->physical_volumes, file);
	free(file);
}

static int check_multipath(struct block_stack *stack, const char *device,
			   const char *dm_name, const struct above *above,
			   struct error *error)
{
	if (above->is_array)
		return error_set(
			error, 0,
			"an MD array lies on the multipath device %s, which is not supported: mdadm would find each of its disks several times",
			dm_name);
	add_physical_volume(stack, device, above);
	return 0;
}

static int add_logical_volume(struct block_stack *stack, const char *name,
			      const char *dm_name, const char *dm_uuid,
			      struct error *error)
{
	if (!name)
		return error_set(
			error, 0,
			"the device-mapper name %s of a logical volume does not have the form that LVM uses",
			dm_name);
	if (!text_list_has(&stack->logical_volumes, name)) {
		text_list_add(&stack->logical_volumes, name);
		text_list_addf(&stack->lvm_uuids, "%s %s", name, dm_uuid);
	}
	note_layer(stack, "lvm", dm_uuid);
	return 0;
}

/* LVM activates a volume together with the hidden ones that it consists of. */
static int walk_logical_volume(struct block_stack *stack, const char *dm_name,
			       const char *dm_uuid, const struct above *above,
			       struct error *error)
{
	struct error reason;

	if (!is_logical_volume(above->dm_uuid)) {
		char *name = block_stack_logical_volume(dm_name);
		int ret = add_logical_volume(stack, name, dm_name, dm_uuid,
					     error);

		free(name);
		return ret;
	}
	if (!is_in_same_group(dm_uuid, above->dm_uuid))
		return error_set(
			error, 0,
			"the logical volume %s lies on a logical volume of another group, which is not supported",
			above->name);
	if (lvm_part_add_modules(&stack->drivers.modules, dm_name, dm_uuid,
				 &reason))
		return error_set(error, 0, "the logical volume %s %s",
				 above->name, reason.reason);
	return 0;
}

/*
 * Return true if a mapping is the dm-integrity that libcryptsetup puts below the
 * LUKS volume @volume. One that somebody made has a name of its own.
 */
static bool is_integrity_of(const char *volume, const char *dm_name,
			    const char *dm_uuid)
{
	size_t length = strlen(volume);

	return (starts_with(dm_uuid, DM_UUID_SUBDEV) ||
		starts_with(dm_uuid, DM_UUID_INTEGRITY)) &&
	       !strncmp(dm_name, volume, length) &&
	       !strcmp(dm_name + length, "_dif");
}

char *block_stack_luks_device(const char *device, const char *slave)
{
	char *directory = xasprintf("%s/slaves/%s", device, slave);
	char *slaves = xasprintf("%s/slaves", directory);
	char *volume = sysfs_read(device, "dm/name");
	char *dm_name = sysfs_read(directory, "dm/name");
	char *dm_uuid = sysfs_read(directory, "dm/uuid");
	struct text_list below = {};
	char *found;

	if (volume && dm_name && dm_uuid &&
	    is_integrity_of(volume, dm_name, dm_uuid))
		sysfs_list(&below, slaves);
	found = xstrdup(below.count == 1 ? below.items[0] : slave);
	text_list_release(&below);
	free(dm_uuid);
	free(dm_name);
	free(volume);
	free(slaves);
	free(directory);
	return found;
}

static int walk_luks_volume(struct block_stack *stack, const char *device,
			    const char *dm_name, const char *luks_uuid,
			    const struct text_list *slaves, struct error *error)
{
	char *below;

	if (slaves->count != 1)
		return error_set(
			error, 0,
			"the LUKS volume %s does not lie on exactly one device",
			dm_name);
	below = block_stack_luks_device(device, slaves->items[0]);
	add_volume(stack, luks_uuid, strrchr(device, '/') + 1, below);
	free(below);
	return 0;
}

static int walk_mapping(struct block_stack *stack, const char *device,
			const char *dm_name, const char *dm_uuid,
			const struct above *above,
			const struct text_list *slaves, struct error *error)
{
	char *luks_uuid = block_stack_luks_uuid(dm_uuid);
	char *suspended = sysfs_read(device, "dm/suspended");
	int ret = 0;

	if (suspended && strcmp(suspended, "0"))
		stack->is_suspended = true;
	free(suspended);
	if (luks_uuid)
		ret = walk_luks_volume(stack, device, dm_name, luks_uuid,
				       slaves, error);
	else if (is_logical_volume(dm_uuid))
		ret = walk_logical_volume(stack, dm_name, dm_uuid, above,
					  error);
	else if (is_multipath(dm_uuid))
		ret = check_multipath(stack, device, dm_name, above, error);
	else if (above->name && is_integrity_of(above->name, dm_name, dm_uuid))
		text_list_add_once(&stack->drivers.modules, "dm_integrity");
	else
		ret = error_set(error, 0, "%s is %s", dm_name,
				describe_mapping(dm_uuid));
	free(luks_uuid);
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

static int walk_array(struct block_stack *stack, const char *device,
		      struct error *error)
{
	const char *name = strrchr(device, '/') + 1;
	char *level = sysfs_read(device, "md/level");
	char *uuid = sysfs_read(device, "md/uuid");
	char *metadata = sysfs_read(device, "md/metadata_version");
	char *personality;
	int ret = 0;

	if (!level || !is_known_level(level)) {
		ret = error_set(
			error, 0,
			"%s is an MD array of level %s, which is not supported",
			name, level ?: "unknown");
	} else if (!uuid || !metadata || !starts_with(metadata, "1.")) {
		/* The firmware or an old kernel assembled this array. */
		ret = error_set(
			error, 0,
			"%s is an MD array with %s metadata, and only version 1 is supported",
			name, metadata ?: "unknown");
	} else {
		text_list_add_once(&stack->arrays, uuid);
		note_layer(stack, "raid", uuid);
		personality = xasprintf("md-%s", level);
		text_list_add_once(&stack->drivers.modules, personality);
		free(personality);
	}
	free(metadata);
	free(uuid);
	free(level);
	return ret;
}

static int walk_disk(struct block_stack *stack, const char *device,
		     struct error *error)
{
	text_list_add_once(&stack->disks, device);
	return disk_add_drivers(&stack->drivers, device, error);
}

static int walk(struct block_stack *stack, const char *device,
		const struct above *above, unsigned int depth,
		struct error *error);

/* Walk from each of the devices that @device, which is @above, consists of. */
static int walk_slaves(struct block_stack *stack, const char *device,
		       const struct above *above,
		       const struct text_list *slaves, unsigned int depth,
		       struct error *error)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < slaves->count && !ret; i++) {
		char *link =
			xasprintf("%s/slaves/%s", device, slaves->items[i]);
		char *below = realpath(link, NULL);

		if (below)
			ret = walk(stack, below, above, depth + 1, error);
		else
			ret = error_set_errno(
				error, "cannot find the device %s below %s",
				slaves->items[i], strrchr(device, '/') + 1);
		free(below);
		free(link);
	}
	return ret;
}

static int walk_partition(struct block_stack *stack, const char *device,
			  const struct above *above, unsigned int depth,
			  struct error *error)
{
	const struct above partition = {};
	char *disk =
		xasprintf("%.*s", (int)(strrchr(device, '/') - device), device);
	int ret;

	if (!sysfs_has(disk, "md"))
		add_physical_volume(stack, device, above);
	ret = walk(stack, disk, &partition, depth + 1, error);
	free(disk);
	return ret;
}

static int walk_composed(struct block_stack *stack, const char *device,
			 const struct above *above,
			 const struct text_list *slaves, unsigned int depth,
			 struct error *error)
{
	char *dm_uuid = sysfs_read(device, "dm/uuid") ?: xstrdup("");
	char *dm_name = sysfs_read(device, "dm/name") ?:
				xstrdup(strrchr(device, '/') + 1);
	char *volume = NULL;
	bool is_mapping = sysfs_has(device, "dm");
	struct above this = {
		.dm_uuid = is_mapping ? dm_uuid : NULL,
		.is_array = !is_mapping,
	};
	int ret;

	if (is_logical_volume(above->dm_uuid))
		volume = xstrdup(above->name);
	else if (is_logical_volume(dm_uuid))
		volume = block_stack_logical_volume(dm_name);
	this.name = volume ?: dm_name;
	ret = is_mapping ? walk_mapping(stack, device, dm_name, dm_uuid, above,
					slaves, error) :
			   walk_array(stack, device, error);

	if (!ret)
		ret = walk_slaves(stack, device, &this, slaves, depth, error);
	free(volume);
	free(dm_name);
	free(dm_uuid);
	return ret;
}

/* @device: the sysfs directory of a block device, resolved. */
static int walk(struct block_stack *stack, const char *device,
		const struct above *above, unsigned int depth,
		struct error *error)
{
	struct text_list slaves = {};
	char *directory;
	int ret;

	if (depth > MAX_DEPTH)
		return error_set(error, 0,
				 "more than %d levels of block devices",
				 MAX_DEPTH);
	text_list_add_once(&stack->devices, device);
	if (sysfs_has(device, "partition"))
		return walk_partition(stack, device, above, depth, error);

	directory = xasprintf("%s/slaves", device);
	sysfs_list(&slaves, directory);
	free(directory);
	if (sysfs_has(device, "dm") || sysfs_has(device, "md")) {
		ret = walk_composed(stack, device, above, &slaves, depth,
				    error);
	} else {
		add_physical_volume(stack, device, above);
		ret = walk_disk(stack, device, error);
	}
	text_list_release(&slaves);
	return ret;
}

static int compare_volumes(const void *one, const void *other)
{
	const struct luks_volume *first = one, *second = other;

	return strcmp(first->luks_uuid, second->luks_uuid);
}

/* The walk follows device names, which may be others after the next boot. */
static void sort(struct block_stack *stack)
{
	if (stack->volume_count)
		qsort(stack->volumes, stack->volume_count,
		      sizeof(*stack->volumes), compare_volumes);
	text_list_sort(&stack->logical_volumes);
	text_list_sort(&stack->lvm_uuids);
	text_list_sort(&stack->physical_volumes);
	text_list_sort(&stack->arrays);
	text_list_sort(&stack->disks);
	text_list_sort(&stack->drivers.modules);
	text_list_sort(&stack->drivers.aliases);
}

int block_stack_walk(struct block_stack *stack, const char *device,
		     struct error *error)
{
	const struct above nothing = {};
	int ret;

	free(stack->layer);
	stack->layer = NULL;
	ret = walk(stack, device, &nothing, 0, error);
	sort(stack);
	return ret;
}

void block_stack_release(struct block_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->volume_count; i++) {
		free(stack->volumes[i].luks_uuid);
		free(stack->volumes[i].device);
		free(stack->volumes[i].mapping);
	}
	free(stack->volumes);
	text_list_release(&stack->logical_volumes);
	text_list_release(&stack->lvm_uuids);
	text_list_release(&stack->physical_volumes);
	free(stack->layer);
	text_list_release(&stack->arrays);
	text_list_release(&stack->disks);
	text_list_release(&stack->devices);
	text_list_release(&stack->drivers.modules);
	text_list_release(&stack->drivers.aliases);
	memset(stack, 0, sizeof(*stack));
}
