/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DISK_DRIVERS_H
#define KDUMP_CRYPT_DISK_DRIVERS_H

#include "lib/error.h"
#include "lib/text_list.h"

/*
 * Add the kernel modules that drive the disk @device and its buses to @modules.
 * @device is the resolved sysfs directory of a block device that does not
 * consist of others. Fail if it is not a disk that the crash kernel can use,
 * such as a loop device, a network block device or memory.
 */
int disk_add_drivers(struct text_list *modules, const char *device,
		     struct error *error);

#endif /* KDUMP_CRYPT_DISK_DRIVERS_H */
