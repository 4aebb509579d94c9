/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_COLLECT_H
#define CRASH_DM_CRYPT_COLLECT_H

#include "area.h"
#include "needed_key.h"

/*
 * Make an area in @area, which has AREA_MAX_SIZE bytes, with @count needed
 * keys. Take each from the keyrings of the current process. With @reuse look in
 * root's user keyring first. The area is not sealed.
 *
 * Return an errno if a key cannot be had, and log which. @area may hold some of
 * the keys then, so the caller wipes it in any case. May sleep.
 */
int collect_keys(struct area *area, const struct needed_key *needed,
		 unsigned int count, bool reuse);

#endif /* CRASH_DM_CRYPT_COLLECT_H */
