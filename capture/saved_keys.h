/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys that the kernel saved before the crash: they are kept out of what
 * /proc/vmcore shows, where the plan wants that, and those of the volumes that
 * take the dump become user keys.
 */
#ifndef KDUMP_CRYPT_SAVED_KEYS_H
#define KDUMP_CRYPT_SAVED_KEYS_H

#include "lib/dump_info.h"
#include "lib/plan.h"

/*
 * Both, in the order that they need. Where one fails, what that means has been
 * reported: a target that is not encrypted can still take the dump, and a dump
 * with keys in it is better than none.
 */
void saved_keys_use(const struct plan *plan);

/* What becomes of the keys in a dump, as far as it has been made. */
void saved_keys_fill(struct dump_info *info);

/* Wipe what the pages are told by; /proc/vmcore is all zeros from then on. */
void saved_keys_end(void);

#endif /* KDUMP_CRYPT_SAVED_KEYS_H */
