/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The block devices below a filesystem, down to the disks, as sysfs shows them.
 */
#ifndef KDUMP_CRYPT_BLOCK_STACK_H
#define KDUMP_CRYPT_BLOCK_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"
#include "lib/text_list.h"
#include "tool/storage/disk_drivers.h"

struct luks_volume {
	char *luks_uuid;
	char *device;  /* e.g. /dev/vdb1 */
	char *mapping; /* the open volume, e.g. /dev/dm-0 */
};

struct block_stack {
	struct luks_volume *volumes; /* LUKS volumes; none: not encrypted */
	size_t volume_count;
	struct text_list logical_volumes; /* "vg/lv" */
	struct text_list lvm_uuids; /* each, a blank, its device-mapper UUID */
	/* Devices of volume groups that are disks, partitions or multipath. */
	struct text_list physical_volumes;
	char *layer; /* the uppermost, as layer in struct plan_device */
	struct text_list arrays;  /* UUIDs of MD arrays */
	struct text_list disks;	  /* their directories in sysfs */
	struct text_list devices; /* those of all, from the top to the disks */
	struct disk_drivers drivers; /* and those of RAID */
	bool is_suspended; /* one of the devices; to read it would wait */
};

/*
 * Walk down from @device, the resolved sysfs directory of a block device, and
 * add all that is found to @stack. May be called for several devices, one after
 * the other; @stack->layer is that of the last. Fail if the crash kernel could not open one
 * of the devices. The caller releases @stack, also on failure.
 */
int block_stack_walk(struct block_stack *stack, const char *device,
		     struct error *error);

/*
 * Return the name of the device that has the LUKS header. @device is the sysfs
 * directory of the open volume, and @slave is what that lies on: dm-integrity if
 * encryption is authenticated. The caller frees it.
 */
char *block_stack_luks_device(const char *device, const char *slave);

void block_stack_release(struct block_stack *stack);

/*
 * Return the UUID of the LUKS volume that libcryptsetup opened as @dm_uuid, such
 * as CRYPT-LUKS2-<32 hexadecimal digits>-<name>. Return NULL if @dm_uuid does
 * not have that form. The caller frees the UUID.
 */
char *block_stack_luks_uuid(const char *dm_uuid);

/*
 * Return "vg/lv" for the device-mapper name that LVM gives to a logical volume:
 * the two names with a hyphen between them, and each of their own hyphens
 * doubled. Return NULL if @dm_name does not have that form. The caller frees it.
 */
char *block_stack_logical_volume(const char *dm_name);

#endif /* KDUMP_CRYPT_BLOCK_STACK_H */
