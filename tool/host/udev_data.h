/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What udev knows of block devices. Nothing is read from the devices for it. */
#ifndef KDUMP_CRYPT_UDEV_DATA_H
#define KDUMP_CRYPT_UDEV_DATA_H

#include <stdbool.h>

/* Return true if udev runs on this machine. */
bool udev_data_exists(void);

/*
 * Return the property @name, such as "ID_FS_UUID", of the block device with the
 * directory @device in sysfs. Return NULL if udev does not know it. The caller
 * frees it.
 */
char *udev_data_read(const char *device, const char *name);

#endif /* KDUMP_CRYPT_UDEV_DATA_H */
