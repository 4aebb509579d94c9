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

struct link_list;

/*
 * Make a list of @text: UUIDs with hyphens, comma-separated. Return an ERR_PTR
 * of -EINVAL for any other text or too many volumes, or of -ENOMEM. May sleep.
 */
struct link_list *link_list_make(const char *text);

/*
 * Make @list, which may be NULL, the list that is used. Return the one that was
 * used before, which the caller frees. May sleep.
 */
struct link_list *link_list_use(struct link_list *list);

void link_list_free(struct link_list *list);

/*
 * Free the list that is used, at the end of the module. This takes no lock: if
 * init failed before any use of the lock, lockdep takes it for uninitialized.
 */
void link_list_exit(void);

/*
 * Write the text of the list and a newline into @page, a page of sysfs. Return
 * the length. May sleep.
 */
int link_list_show(char *page);

bool link_list_is_empty(void);

/* Return true if @uuid is in the list. May sleep. */
bool link_list_has(const struct volume_uuid *uuid);

#endif /* CRASH_DM_CRYPT_LINK_LIST_H */
