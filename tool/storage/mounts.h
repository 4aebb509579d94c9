/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_MOUNTS_H
#define KDUMP_CRYPT_MOUNTS_H

#include <libmount/libmount.h>

#include "lib/error.h"
#include "lib/text_list.h"

/*
 * Return the filesystem that is visible at @path, which contains no symbolic
 * link. Return NULL if there is none. It belongs to @table.
 */
struct libmnt_fs *mounts_find_filesystem(struct libmnt_table *table,
					 const char *path);

/*
 * Return the directory that @path, a path on the mounted filesystem @fs, has
 * seen from the root of that filesystem. The caller frees it.
 */
char *mounts_directory_in_filesystem(struct libmnt_fs *fs, const char *path);

/*
 * Add the resolved sysfs directories of the devices of the filesystem @fs to
 * @devices. @path is a path on it. @sysfs is /sys, except in tests. Return 0, or
 * -1 if they are not known. The caller releases the list.
 */
int mounts_find_devices(struct text_list *devices, struct libmnt_fs *fs,
			const char *path, const char *sysfs,
			struct error *error);

#endif /* KDUMP_CRYPT_MOUNTS_H */
