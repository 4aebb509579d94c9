/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The volume keys that the kernel has now: in root's user keyring, or in the
 * reserved memory of the crash kernel that is loaded. The module takes a key
 * from either when a crash kernel is loaded.
 */
#ifndef KDUMP_CRYPT_KERNEL_KEYS_H
#define KDUMP_CRYPT_KERNEL_KEYS_H

#include <stdbool.h>

#include "lib/error.h"
#include "lib/text_list.h"
#include "tool/storage/target.h"

/* Return true if the keyring has a usable key for @volume. */
bool kernel_keys_in_keyring(const struct luks_volume *volume);

/* Return true if the keyring or the loaded crash kernel has a key for it. */
bool kernel_keys_available(const struct luks_volume *volume);

/*
 * Check that the kernel has a key for @volume, and that it is the right one.
 * Return 0 or -1.
 */
int kernel_keys_check(const struct luks_volume *volume,
		      struct text_list *warnings, struct error *error);

/*
 * Add a warning for each key that the kernel has for @volume and that cannot be
 * used: one that has expired, one that is not the volume's any more.
 */
void kernel_keys_warn_of_stale(const struct luks_volume *volume,
			       struct text_list *warnings);

#endif /* KDUMP_CRYPT_KERNEL_KEYS_H */
