/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a key is the one that a LUKS volume has. */
#ifndef KDUMP_CRYPT_KEY_CHECK_H
#define KDUMP_CRYPT_KEY_CHECK_H

#include "tool/storage/target.h"

/*
 * Whether the logon key of @volume in the keyring decrypts it. User space
 * cannot read that, so the kernel tries: what a mapping with this key and the
 * volume's header shows has to be what the open volume shows. Returns 0, or -1
 * after the reason was printed.
 */
int key_check(const struct target_volume *volume);

#endif /* KDUMP_CRYPT_KEY_CHECK_H */
