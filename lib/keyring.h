/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_KEYRING_H
#define KDUMP_CRYPT_KEYRING_H

#include "lib/error.h"

/*
 * Make the keys in root's user keyring accessible to this process: join a new
 * session keyring that contains only a link to @u. An inherited session keyring
 * often lacks that link (sudo, ssh, systemd services). error->number is an
 * errno.
 */
int keyring_join_user_keyring(struct error *error);

#endif /* KDUMP_CRYPT_KEYRING_H */
