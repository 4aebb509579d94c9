/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The block devices that lie on one another below a filesystem, as sysfs shows
 * them, down to the disks.
 */
#ifndef KDUMP_CRYPT_BLOCK_STACK_H
#define KDUMP_CRYPT_BLOCK_STACK_H

#include "tool/storage/target.h"

/*
 * Walk from @device, the sysfs directory of a block device, resolved, and add
 * what is met on the way to @target: volumes, logical volumes, arrays and
 * drivers. Returns 0, or -1 with *@reason set to a message for the caller to
 * free, where the crash kernel could not open something of it.
 */
int block_stack_walk(struct target *target, const char *device, char **reason);

/*
 * The UUID of the LUKS volume in the device-mapper UUID that libcryptsetup
 * gives to an open one, such as CRYPT-LUKS2-<32 hexadecimal digits>-<name>,
 * for the caller to free. NULL where @dm_uuid is not of that form.
 */
char *block_stack_luks_uuid(const char *dm_uuid);

/*
 * "vg/lv" for the name that LVM gives to the device of a logical volume, in
 * which a hyphen stands between the two and each of their own is doubled; for
 * the caller to free. NULL where @dm_name is not of that form.
 */
char *block_stack_logical_volume(const char *dm_name);

#endif /* KDUMP_CRYPT_BLOCK_STACK_H */
