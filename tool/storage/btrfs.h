/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_BTRFS_H
#define KDUMP_CRYPT_BTRFS_H

#include "lib/error.h"
#include "lib/text_list.h"

/*
 * Add the resolved sysfs directories of the devices of the Btrfs that is mounted
 * at @path from @source to @devices. @sysfs is /sys, except in tests. The caller
 * releases the list.
 */
int btrfs_find_devices(struct text_list *devices, const char *path,
		       const char *source, const char *sysfs,
		       struct error *error);

#endif /* KDUMP_CRYPT_BTRFS_H */
