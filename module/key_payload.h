/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_KEY_PAYLOAD_H
#define CRASH_DM_CRYPT_KEY_PAYLOAD_H

#include <linux/key-type.h>

typedef int (*key_payload_user)(const void *payload, size_t length,
				void *context);

/*
 * Find a logon or user key in the keyrings of the current process and call
 * @use with its payload, which is valid, and not to be kept, for that call.
 * Returns what @use returned, or -ENOKEY (also for an expired key, which the
 * search passes over), -EKEYREVOKED, -EACCES and the like where there is no
 * usable key. May sleep.
 */
int key_payload_use(struct key_type *type, const char *description,
		    key_payload_user use, void *context);

#endif /* CRASH_DM_CRYPT_KEY_PAYLOAD_H */
