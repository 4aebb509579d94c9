/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_REUSE_H
#define CRASH_DM_CRYPT_REUSE_H

#include <linux/types.h>

/*
 * Let the next load of a crash kernel that succeeds take keys from root's user
 * keyring, whoever loads it, and first hand the keys of the loaded image back to
 * that keyring: it gets a copy of each key that it does not have, which expires
 * after link_timeout seconds. Without this the keys of a loaded image end with
 * it.
 * Return -EINVAL if no image with keys is loaded, or the errno of a key that
 * cannot be copied. May sleep.
 */
int reuse_request(bool reuse);
bool reuse_is_requested(void);

/*
 * Wipe the key with this description from root's user keyring and from the loaded
 * image, for a volume that is suspended: allocate without waiting for writes.
 * Return the errno of save_remove_key() or -ENOMEM. May sleep.
 */
int reuse_wipe(const char *description);

/* A load has succeeded. Callable from any context. */
void reuse_end(void);

#endif /* CRASH_DM_CRYPT_REUSE_H */
