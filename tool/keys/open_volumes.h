/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The encrypted volumes that are open on this machine. */
#ifndef KDUMP_CRYPT_OPEN_VOLUMES_H
#define KDUMP_CRYPT_OPEN_VOLUMES_H

#include <stdbool.h>

#include "lib/text_list.h"

/* An open LUKS volume. The texts are valid until the callback returns. */
struct open_volume {
	const char *luks_uuid;
	const char *device; /* NULL: the disk is gone */
	const char *mapping;
	bool is_suspended;
};

typedef void (*open_volume_found)(const struct open_volume *volume,
				  void *context);

/* Call @found for each open LUKS volume. @sysfs is /sys except in tests. */
void open_volumes_for_each(const char *sysfs, open_volume_found found,
			   void *context);

/*
 * Add the device of each open LUKS volume, such as /dev/vdb1, to @devices.
 * @sysfs is /sys except in tests.
 */
void open_volumes_find(struct text_list *devices, const char *sysfs);

/*
 * Add the mapping, such as /dev/dm-0, of each device to @mappings that
 * cryptsetup has opened and that is no LUKS volume: plain dm-crypt, BitLocker,
 * VeraCrypt and such. @sysfs is /sys except in tests.
 */
void open_volumes_find_others(struct text_list *mappings, const char *sysfs);

#endif /* KDUMP_CRYPT_OPEN_VOLUMES_H */
