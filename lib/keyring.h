/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_KEYRING_H
#define KDUMP_CRYPT_KEYRING_H

/*
 * Make the keys in root's user keyring reachable for this process: give it a
 * session keyring of its own that has nothing in it but a link to @u. The one
 * inherited often lacks that link (sudo, ssh, systemd services).
 * Returns 0, or -1 with errno set.
 */
int keyring_join_user_keyring(void);

#endif /* KDUMP_CRYPT_KEYRING_H */
