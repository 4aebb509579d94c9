/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's list of keys that the crash kernel needs,
 * /sys/kernel/config/crash_dm_crypt_keys. It belongs to the module
 * crash_dm_crypt, or to a kernel that has the list built in.
 */
#ifndef KDUMP_CRYPT_KEY_ITEMS_H
#define KDUMP_CRYPT_KEY_ITEMS_H

#include <stdbool.h>

#include "lib/error.h"
#include "lib/text_list.h"

/*
 * Make the list available: mount configfs unless it is mounted, and load the
 * module if the kernel needs it. Return 0 or -1. error->number is EOPNOTSUPP if
 * the list is the kernel's own and its keys do not reach the crash kernel.
 */
int key_items_prepare(struct error *error);

/*
 * Check, without changing anything, that key_items_prepare() can make the list
 * available: it is, or the module is installed for the running kernel. Return 0
 * or -1.
 */
int key_items_can_prepare(struct error *error);

/*
 * Check that the module of the kernel @version, which the crash kernel will
 * load, can read what the loaded module saves. Return 0, or -1 if it cannot.
 * error->number is ESTALE if their versions differ.
 */
int key_items_check_module(const char *version, struct error *error);

/*
 * Return true if the kernel @version can save keys: its module is installed, or
 * it has the list built in.
 */
bool key_items_will_work(const char *version);

/* Remove the module from the kernel. error->number is EBUSY if it is in use. */
int key_items_remove_module(struct error *error);

/* Return true if the list is available now. */
bool key_items_available(void);

/* Return true if the list is the kernel's own, so that no module is needed. */
bool key_items_are_built_in(void);

/*
 * Make one item for each volume in @luks_uuids, and one for each volume in
 * @hidden, whose key is only to be kept out of the dump. Remove all other items
 * that this tool made. Items that somebody else made stay as they are. Return 0
 * or -1.
 */
int key_items_set(const struct text_list *luks_uuids,
		  const struct text_list *hidden, struct error *error);

/* Remove all items that this tool made. Return 0 or -1. */
int key_items_clear(struct error *error);

/*
 * Let the keys of the loaded crash kernel survive it: the module hands those back
 * that root's user keyring does not have, where they expire. Return 0 or -1. error->number is
 * EINVAL if no key is saved.
 */
int key_items_keep_saved(struct error *error);

/* Return true if there are items that this tool did not make. */
bool key_items_has_foreign(void);

/* Return true if there is an item of this tool for that volume. */
bool key_items_has(const char *luks_uuid);

/*
 * Return true if there is an item for that volume, and the loaded crash kernel
 * lacks its key: a key leaves it when its volume is suspended.
 */
bool key_items_lack(const char *luks_uuid);

/*
 * Return the number of keys in the reserved memory of the loaded crash kernel.
 * Return -1 if the list is not available or does not show the number.
 */
long long key_items_saved(void);

#endif /* KDUMP_CRYPT_KEY_ITEMS_H */
