/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tells a block device apart from a copy of it, whose UUIDs are the same.
 * An identity is a list of texts "key=value":
 *
 *   dm, md       the device-mapper UUID, or the UUID of the array
 *   wwid, serial what the disk says
 *   path         its PCI functions and its address on the SCSI bus
 *   partition    its number
 *   size         in sectors of 512 bytes
 *
 * A multipath device has what its disks have: the crash kernel has no multipath.
 * None of them depends on the order in which the kernel finds the devices.
 */
#ifndef KDUMP_CRYPT_DISK_IDENTITY_H
#define KDUMP_CRYPT_DISK_IDENTITY_H

#include <stdbool.h>

#include "lib/text_list.h"

/*
 * Add the identity of the block device @file, such as /dev/sda1. @sysfs is /sys
 * except in tests. The caller releases the list.
 */
void disk_identity_read(struct text_list *identity, const char *file,
			const char *sysfs);

/*
 * Add the path, partition and size only: what the kernel knows without asking
 * the disk.
 */
void disk_identity_read_place(struct text_list *identity, const char *file,
			      const char *sysfs);

/* Return how well @found matches @recorded: more is better, 0 is not at all. */
unsigned int disk_identity_score(const struct text_list *recorded,
				 const struct text_list *found);

/*
 * Return true if @found has the recorded size, and is a partition only if the
 * recorded device is one, of the same number. A logical volume or an array may
 * have grown, so its size does not count if its UUID is the recorded one.
 */
bool disk_identity_has_same_shape(const struct text_list *recorded,
				  const struct text_list *found);

/*
 * Return true if @found is the recorded device without doubt. What the device
 * says of itself decides, and only if it says nothing, its path.
 */
bool disk_identity_is_same(const struct text_list *recorded,
			   const struct text_list *found);

#endif /* KDUMP_CRYPT_DISK_IDENTITY_H */
