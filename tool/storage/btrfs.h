/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_BTRFS_H
#define KDUMP_CRYPT_BTRFS_H

#include "lib/error.h"

/*
 * Return the resolved sysfs directory of the only device of the Btrfs that is
 * mounted at @path from @source. @sysfs is /sys, except in tests. Fail if the
 * Btrfs has several devices. The caller frees the name.
 */
char *btrfs_find_device(const char *path, const char *source, const char *sysfs,
			struct error *error);

#endif /* KDUMP_CRYPT_BTRFS_H */
