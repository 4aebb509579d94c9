/* SPDX-License-Identifier: GPL-2.0 */
/* The list of volumes whose keys are linked: the text of link=. */
#ifndef CRASH_DM_CRYPT_LINK_LIST_H
#define CRASH_DM_CRYPT_LINK_LIST_H

#include <linux/types.h>

#define UUID_DIGITS 32

/* The UUID of a LUKS volume as in device-mapper UUIDs: without hyphens. */
struct volume_uuid {
	char digits[UUID_DIGITS + 1]; /* lower case */
};

/*
 * Replace the list by that in @value: UUIDs with hyphens, comma-separated. If
 * the call fails, the old list stays. Return 0, -EINVAL for any other text or
 * too many volumes, or -ENOMEM. May sleep.
 */
int link_list_set(const char *value);

/*
 * Write the text of the list and a newline into @page, a page of sysfs. Return
 * the length. May sleep.
 */
int link_list_show(char *page);

/* Nobody may use the list any more. */
void link_list_free(void);

bool link_list_is_empty(void);

/* Return true if @uuid is in the list. May sleep. */
bool link_list_has(const struct volume_uuid *uuid);

#endif /* CRASH_DM_CRYPT_LINK_LIST_H */
