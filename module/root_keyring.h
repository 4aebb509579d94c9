/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Root's user keyring in the running kernel, whatever the keyrings and the
 * credentials of the current process are. Keys are logon keys, which user space
 * cannot read. All functions may sleep.
 */
#ifndef CRASH_DM_CRYPT_ROOT_KEYRING_H
#define CRASH_DM_CRYPT_ROOT_KEYRING_H

#include "key_payload.h"

/*
 * Add a copy of @key, or update the key of that description. It expires after
 * link_timeout seconds. The caller keeps its copy. Return an errno on failure.
 */
int root_keyring_add(const char *description, const void *key, size_t length);

/* Invalidate and unlink the key, if there is one. Return 0 or -ENOMEM. */
int root_keyring_remove(const char *description);

/* As key_payload_use(). */
int root_keyring_use(const char *description, key_payload_user use,
		     void *context);

#endif /* CRASH_DM_CRYPT_ROOT_KEYRING_H */
