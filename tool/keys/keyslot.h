/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unlocking a keyslot of a LUKS volume with a key file, a token of LUKS2 such as
 * a TPM or a FIDO2 key, or a passphrase.
 */
#ifndef KDUMP_CRYPT_KEYSLOT_H
#define KDUMP_CRYPT_KEYSLOT_H

#include <libcryptsetup.h>

#include "lib/error.h"

/* The source of the secret that unlocks a keyslot. */
struct keyslot_source {
	const char *key_file; /* NULL: a token, or a passphrase typed in */
	/* Shows a line to the person who waits at the terminal. */
	void (*show)(const char *line);
};

/*
 * Check that keyslot_unlock() can get a secret for the volume on @device: that
 * the key file can be read, that there is a terminal, or that the volume has a
 * token. Return 0, or -1 if it cannot. error->number is ENOTTY if there is no
 * terminal.
 */
int keyslot_check_source(const struct keyslot_source *source,
			 const char *device, struct error *error);

/*
 * Do something with @volume and @secret, which libcryptsetup owns and wipes.
 * Return a negative errno on failure; -EPERM if the secret opens no keyslot.
 */
typedef int (*keyslot_use)(struct crypt_device *volume,
			   struct crypt_keyslot_context *secret, void *context);

/*
 * Get a secret from @source, and call @use with it. Without a key file, the
 * tokens come first; a person is asked for the PIN only if a token needs one. A
 * passphrase or a PIN can be typed three times until it opens a keyslot. It is
 * kept in locked memory, and is wiped as soon as @use has returned. @device is the name of the volume for
 * messages. Return 0, or -1 if there is no secret or @use failed.
 */
int keyslot_unlock(struct crypt_device *volume, const char *device,
		   const struct keyslot_source *source, keyslot_use use,
		   void *context, struct error *error);

#endif /* KDUMP_CRYPT_KEYSLOT_H */
