/* SPDX-License-Identifier: GPL-2.0 */
/* The module parameter link=: the list of volumes whose keys are linked. */
#ifndef CRASH_DM_CRYPT_LINK_LIST_H
#define CRASH_DM_CRYPT_LINK_LIST_H

#include <linux/types.h>

#define UUID_DIGITS 32

/* The UUID of a LUKS volume as in device-mapper UUIDs: without hyphens. */
struct volume_uuid {
	char digits[UUID_DIGITS + 1]; /* lower case */
};

/* Return true if @uuid is in the list. May sleep. */
bool link_list_has(const struct volume_uuid *uuid);

#endif /* CRASH_DM_CRYPT_LINK_LIST_H */
