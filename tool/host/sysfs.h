/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at directories of sysfs. */
#ifndef KDUMP_CRYPT_SYSFS_H
#define KDUMP_CRYPT_SYSFS_H

#include <stdbool.h>

#include "lib/text_list.h"

bool sysfs_has(const char *directory, const char *name);

/* The content of an attribute for the caller to free; NULL: there is none. */
char *sysfs_read(const char *directory, const char *name);

/*
 * The last component of what the link @name in @directory points to, for the
 * caller to free; NULL where there is none.
 */
char *sysfs_link_name(const char *directory, const char *name);

/* The names of the entries of @directory; none where it is not there. */
void sysfs_list(struct text_list *list, const char *directory);

/*
 * Add the names of the modules whose drivers are bound to the device in that
 * directory or to anything between it and the root of the device tree. The
 * directory is one below /sys/devices, with no link in its path.
 */
void sysfs_add_drivers(struct text_list *modules, const char *device);

/*
 * The device node of a block device, for the caller to free. sysfs writes the
 * slash in a name such as cciss/c0d0 as '!'.
 */
char *sysfs_device_file(const char *name);

#endif /* KDUMP_CRYPT_SYSFS_H */
