/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read directories of sysfs. */
#ifndef KDUMP_CRYPT_SYSFS_H
#define KDUMP_CRYPT_SYSFS_H

#include <stdbool.h>

#include "lib/text_list.h"

/* Return true if @directory has an entry @name. */
bool sysfs_has(const char *directory, const char *name);

/*
 * Return the content of an attribute. Return NULL if it cannot be read. The
 * caller frees it.
 */
char *sysfs_read(const char *directory, const char *name);

/*
 * Return the last component of the destination of the link @name in @directory.
 * Return NULL if there is no such link. The caller frees it.
 */
char *sysfs_link_name(const char *directory, const char *name);

/* Add the names of the entries of @directory, if it exists. */
void sysfs_list(struct text_list *list, const char *directory);

/*
 * Add the names of the modules that drive @device, or any device between it and
 * the root of the device tree. @device is a directory in /sys/devices, without
 * symbolic links in its path.
 */
void sysfs_add_drivers(struct text_list *modules, const char *device);

/*
 * Add the module aliases of those of these devices whose driver sysfs does not
 * name: it is built into the running kernel, or belongs to a bus that does not
 * tell. They find the drivers in any kernel's index of modules.
 */
void sysfs_add_aliases(struct text_list *aliases, const char *device);

/*
 * Return the device node of the block device @name. sysfs replaces the slash in
 * a name such as cciss/c0d0 by '!'. The caller frees it.
 */
char *sysfs_device_file(const char *name);

/*
 * Return the name that people know of the block device @file: that of /dev/dm-0
 * is in /dev/mapper. Others keep their name. @sysfs is /sys except in tests.
 * The caller frees the name.
 */
char *sysfs_familiar_device(const char *sysfs, const char *file);

#endif /* KDUMP_CRYPT_SYSFS_H */
