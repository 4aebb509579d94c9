/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The volume key of a LUKS volume as a logon key in root's user keyring, where
 * the kernel finds it while the crash kernel is loaded. User space cannot read
 * a logon key. For that this program does not hold the volume key of LUKS2:
 * libcryptsetup unlocks the keyslot, hands the key to the kernel and wipes its
 * copy. That of LUKS1 it holds in locked memory between the two, and wipes it.
 * Only who looks for a volume key has it here for longer.
 */
#ifndef KDUMP_CRYPT_VOLUME_KEY_H
#define KDUMP_CRYPT_VOLUME_KEY_H

#include <stdbool.h>
#include <stddef.h>

/* "cryptsetup:<UUID>", for the caller to free. */
char *volume_key_description(const char *luks_uuid);

/*
 * Look for a usable key of that description. Returns 0, or -1 with errno set:
 * ENOKEY where there is none, EKEYEXPIRED or EKEYREVOKED for a stale one.
 */
int volume_key_find(const char *description);

/*
 * Whether volume_key_link() has a way to a keyslot's secret: that key file or,
 * where it is NULL, a terminal. Otherwise the reason was printed.
 */
bool volume_key_can_be_asked(const char *key_file);

/*
 * Unlock a keyslot of the LUKS volume on @device, with the content of
 * @key_file or, where that is NULL, with a passphrase asked for on the
 * terminal (three tries), and link the volume key under @description for
 * @timeout seconds. Returns 0, or -1 after the reason was printed.
 */
int volume_key_link(const char *device, const char *description,
		    const char *key_file, unsigned int timeout);

/* Set the expiry of a linked key, in seconds from now. */
int volume_key_set_timeout(const char *description, unsigned int timeout);

/* Take a linked key away from everybody. Returns 0, or -1 with errno set. */
int volume_key_invalidate(const char *description);

/* In memory that is locked, and wiped by volume_key_release(). */
struct volume_key {
	char *bytes;
	size_t size;
};

/*
 * The key of the LUKS volume on @device: from the user key of its description
 * in root's user keyring, where somebody put it there, or else as
 * volume_key_link() gets it. Returns 0, or -1 after the reason was printed.
 */
int volume_key_get(struct volume_key *key, const char *device,
		   const char *key_file);

void volume_key_release(struct volume_key *key);

#endif /* KDUMP_CRYPT_VOLUME_KEY_H */
