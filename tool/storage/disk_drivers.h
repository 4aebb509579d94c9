/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DISK_DRIVERS_H
#define KDUMP_CRYPT_DISK_DRIVERS_H

#include "lib/error.h"
#include "lib/text_list.h"

/* The drivers of disks and of their buses. */
struct disk_drivers {
	struct text_list modules; /* names, of the running kernel */
	struct text_list aliases; /* of the devices that have none there */
};

/*
 * Add the drivers of the disk @device and of its buses to @drivers. @device is the resolved sysfs directory of a block device that does not
 * consist of others. Fail if it is not a disk that the crash kernel can use,
 * such as a loop device, a network block device or memory.
 */
int disk_add_drivers(struct disk_drivers *drivers, const char *device,
		     struct error *error);

#endif /* KDUMP_CRYPT_DISK_DRIVERS_H */
