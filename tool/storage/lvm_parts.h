/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hidden logical volumes that LVM builds others from: thin pools, the images
 * of RAID and mirrors, caches.
 */
#ifndef KDUMP_CRYPT_LVM_PARTS_H
#define KDUMP_CRYPT_LVM_PARTS_H

#include "lib/error.h"
#include "lib/text_list.h"

/*
 * Add the kernel modules that a volume needs to @modules, if it is built from a
 * hidden volume with this device-mapper name and UUID. Fail if the crash kernel
 * cannot use such a volume. The reason does not name it.
 */
int lvm_part_add_modules(struct text_list *modules, const char *dm_name,
			 const char *dm_uuid, struct error *error);

#endif /* KDUMP_CRYPT_LVM_PARTS_H */
