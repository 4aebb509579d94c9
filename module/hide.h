/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages of the crashed kernel that have key material, kept out of /proc/vmcore
 * in the crash kernel: whoever reads or maps it gets zeros in their place.
 */
#ifndef CRASH_DM_CRYPT_HIDE_H
#define CRASH_DM_CRYPT_HIDE_H

#include "area.h"

/* The bytes, at most, that it takes to hide pages, besides what is looked for. */
#define HIDE_MAX_BOOKS (16 * 1024)

/*
 * Hide pages with the keys of a valid @area, from now on. For good: the module
 * cannot be removed any more, lest the pages be shown again. /proc/vmcore must
 * not have been opened yet. Calls of these two must not overlap.
 * Returns -EINVAL where a key is too short to be looked for, -EOPNOTSUPP where
 * memory is encrypted, and -ENOMEM.
 */
int hide_begin(const struct area *area);

/* Wipe what the pages are told by. All pages are hidden from now on. */
void hide_end(void);

bool hide_is_on(void);

/*
 * So many pages were hidden, those that could not be looked at included. Where
 * that is more than a thousand, some may count twice.
 */
unsigned long hide_count(void);

#endif /* CRASH_DM_CRYPT_HIDE_H */
