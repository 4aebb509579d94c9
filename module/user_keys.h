/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_USER_KEYS_H
#define CRASH_DM_CRYPT_USER_KEYS_H

#include "area.h"

/* Return the number of keys in a valid @area that are to become user keys. */
unsigned int user_keys_count(const struct area *area);

/*
 * Make user keys of these in the user keyring of the current user. If one fails,
 * remove all of them, even those that were there before and have been updated
 * with a saved one. Return 0, -EDQUOT, -ENOMEM or another errno. May sleep.
 */
int user_keys_add(const struct area *area);

#endif /* CRASH_DM_CRYPT_USER_KEYS_H */
