/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys that the kernel saved before the crash. All of them are hidden from
 * /proc/vmcore if the plan wants that. Those of the target's volumes are
 * restored as user keys.
 */
#ifndef KDUMP_CRYPT_SAVED_KEYS_H
#define KDUMP_CRYPT_SAVED_KEYS_H

#include "lib/dump_info.h"
#include "lib/plan.h"

/*
 * Hide the saved keys, then restore them, and report both. The capture goes on
 * if that fails: a target that is not encrypted can still take the dump, and a
 * dump that contains keys is better than no dump.
 */
void saved_keys_use(const struct plan *plan);

/* Return true if reading the crashed kernel's memory searches it for keys. */
bool saved_keys_are_hidden(void);

/* Fill the members about keys in @info with the current state. */
void saved_keys_fill(struct dump_info *info);

/* Wipe the search patterns. /proc/vmcore contains only zeros after it. */
void saved_keys_end(void);

#endif /* KDUMP_CRYPT_SAVED_KEYS_H */
