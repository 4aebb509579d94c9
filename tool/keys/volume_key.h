/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The volume key of a LUKS volume as a logon key in root's user keyring. The
 * kernel takes it from there while a crash kernel is loaded. User space cannot
 * read a logon key.
 *
 * Who has a copy of the volume key, and who wipes it:
 * - The keyring owns the logon key. The key goes when it expires, or when
 *   volume_key_invalidate() is called.
 * - To link the key of a LUKS2 volume, this program never holds it:
 *   libcryptsetup unlocks the keyslot, gives the key to the kernel and wipes
 *   its own copy.
 * - To link the key of a LUKS1 volume, volume_key_link() holds it in locked
 *   memory, and wipes it before it returns.
 * - A struct volume_key belongs to the caller, who wipes it with
 *   volume_key_release(). Only the search for keys in a dump needs one.
 */
#ifndef KDUMP_CRYPT_VOLUME_KEY_H
#define KDUMP_CRYPT_VOLUME_KEY_H

#include <stddef.h>

#include "lib/error.h"
#include "tool/keys/keyslot.h"

/* Return "cryptsetup:<UUID>". The caller frees it. */
char *volume_key_description(const char *luks_uuid);

/*
 * Look for a usable logon key of that description. Return 0, or -1 if there is
 * none. error->number is ENOKEY if no keyring has it, EKEYEXPIRED or
 * EKEYREVOKED if it is stale.
 */
int volume_key_find(const char *description, struct error *error);

/*
 * Unlock a keyslot of the LUKS volume on @device with a secret from @source,
 * and link the volume key under @description for @timeout seconds. Return 0, or
 * -1 on failure; the key is not linked then.
 */
int volume_key_link(const char *device, const char *description,
		    const struct keyslot_source *source, unsigned int timeout,
		    struct error *error);

/* Let a linked key expire @timeout seconds from now. Return 0 or -1. */
int volume_key_set_timeout(const char *description, unsigned int timeout,
			   struct error *error);

/*
 * The same, but leave a key alone that expires later than that, or never.
 */
int volume_key_extend(const char *description, unsigned int timeout,
		      struct error *error);

/*
 * Invalidate a linked key: the kernel wipes it, and it is gone from every
 * keyring. Return 0 or -1.
 */
int volume_key_invalidate(const char *description, struct error *error);

/* The bytes are in locked memory. volume_key_release() wipes them. */
struct volume_key {
	char *bytes;
	size_t size;
};

/*
 * Get the key of the LUKS volume on @device. If root's user keyring has it as a
 * user key of its description, and it is the right one, it is taken from there.
 * Otherwise a keyslot is unlocked with a secret from @source. Return 0, or -1
 * on failure; @key is then empty. The caller owns @key, and wipes it with
 * volume_key_release().
 */
int volume_key_get(struct volume_key *key, const char *device,
		   const struct keyslot_source *source, struct error *error);

void volume_key_release(struct volume_key *key);

#endif /* KDUMP_CRYPT_VOLUME_KEY_H */
