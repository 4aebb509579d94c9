/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's list of keys that the crash kernel needs:
 * /sys/kernel/config/crash_dm_crypt_keys, of the module crash_dm_crypt or of a
 * kernel that has it built in.
 */
#ifndef KDUMP_CRYPT_KEY_ITEMS_H
#define KDUMP_CRYPT_KEY_ITEMS_H

#include <stdbool.h>

#include "lib/text_list.h"

/*
 * Make the list available: load the module where the kernel needs one, mount
 * configfs where nothing is mounted. Returns 0, or -1 after the reason was
 * printed.
 */
int key_items_prepare(void);

/*
 * Whether the module of the kernel @version, which the crash kernel will have,
 * reads what the loaded one saves. Returns 0, or -1 after the reason was
 * printed.
 */
int key_items_check_module(const char *version);

/* Whether the list is available now. */
bool key_items_available(void);

/* Whether it is the kernel's own, so that no module is needed. */
bool key_items_are_built_in(void);

/*
 * Make the items of this tool those for the volumes in @luks_uuids, and in
 * @hidden, whose keys are to be kept out of the dump and no more; and no others.
 * Items that somebody else made are left alone. Returns 0, or -1 after the
 * reason was printed.
 */
int key_items_set(const struct text_list *luks_uuids,
		  const struct text_list *hidden);

/* Have no items of this tool. Returns as key_items_set(). */
int key_items_clear(void);

/* Whether this tool's item for that volume is there. */
bool key_items_has(const char *luks_uuid);

/*
 * Number of keys in the reserved memory of the loaded crash kernel; -1 where
 * the list is not available or does not tell.
 */
long long key_items_saved(void);

#endif /* KDUMP_CRYPT_KEY_ITEMS_H */
