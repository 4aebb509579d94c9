/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checking that a key in the keyring is the key of a LUKS volume. */
#ifndef KDUMP_CRYPT_KEY_CHECK_H
#define KDUMP_CRYPT_KEY_CHECK_H

#include "lib/error.h"
#include "lib/text_list.h"
#include "tool/storage/block_stack.h"

/*
 * Check that the logon key of @volume decrypts it. User space cannot read the
 * key, so the kernel tries it: this maps the start of the volume with that key,
 * read-only, and compares it with the open volume. The mapping is gone when
 * this returns; if it cannot be removed, a warning says so. Return 0, or -1 if
 * it is another key or it cannot be tried.
 */
int key_check(const struct luks_volume *volume, struct text_list *warnings,
	      struct error *error);

#endif /* KDUMP_CRYPT_KEY_CHECK_H */
