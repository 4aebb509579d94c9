/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_OWN_KEYS_H
#define KDUMP_CRYPT_OWN_KEYS_H

#include <stdbool.h>

#include "lib/error.h"

/*
 * Return true if a kernel with a key list of its own, CONFIG_CRASH_DM_CRYPT,
 * passes the keys to the crash kernel. @machine and @release are those of
 * uname(2).
 */
bool own_keys_arrive(const char *machine, const char *release);

/*
 * Check that a load passes on the keys of all items, and no others. @items is the
 * list's directory. `reuse` is reset if it is set. Return 0, or -1 with ENOSPC if
 * there are too many items, or with EBUSY if `reuse` cannot be reset.
 */
int own_keys_check(const char *items, struct error *error);

#endif /* KDUMP_CRYPT_OWN_KEYS_H */
