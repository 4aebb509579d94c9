/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The encrypted volumes that are open on this machine. */
#ifndef KDUMP_CRYPT_OPEN_VOLUMES_H
#define KDUMP_CRYPT_OPEN_VOLUMES_H

#include "lib/text_list.h"

/* Valid while it is told of. */
struct open_volume {
	const char *luks_uuid;
	const char *device; /* NULL: the disk was taken away */
	const char *mapping;
};

typedef void (*open_volume_found)(const struct open_volume *volume,
				  void *context);

/* @sysfs is /sys, but for tests. */
void open_volumes_for_each(const char *sysfs, open_volume_found found,
			   void *context);

/*
 * Add the device of each, such as /dev/vdb1, to @devices; @sysfs is /sys, but
 * for tests.
 */
void open_volumes_find(struct text_list *devices, const char *sysfs);

/*
 * Add each open device of cryptsetup's that is encrypted and no LUKS volume
 * (plain, BitLocker, VeraCrypt and such), as /dev/dm-0, to @mappings.
 */
void open_volumes_find_others(struct text_list *mappings, const char *sysfs);

#endif /* KDUMP_CRYPT_OPEN_VOLUMES_H */
