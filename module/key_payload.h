/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_KEY_PAYLOAD_H
#define CRASH_DM_CRYPT_KEY_PAYLOAD_H

#include <linux/key-type.h>

typedef int (*key_payload_user)(const void *payload, size_t length,
				void *context);

/*
 * Find a logon or user key in the keyrings of the current process and call @use
 * with its payload, which is valid only during that call.
 * Return what @use returned, or an errno if there is no usable key: -ENOKEY,
 * also for an expired key, which the search skips, -EKEYREVOKED, -EACCES and so
 * on. May sleep.
 */
int key_payload_use(struct key_type *type, const char *description,
		    key_payload_user use, void *context);

/* The same for @key, a logon or user key, which stays the caller's. */
int key_payload_use_key(struct key *key, key_payload_user use, void *context);

#endif /* CRASH_DM_CRYPT_KEY_PAYLOAD_H */
