/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_REUSE_H
#define CRASH_DM_CRYPT_REUSE_H

#include <linux/types.h>

/*
 * Let the next load of a crash kernel that succeeds take the keys of the loaded
 * image, even if the loader's keyrings have them, and even if the image is
 * unloaded before: root's user keyring gets a copy of each key that it does not
 * have, which expires after link_timeout seconds. Without this a load takes from
 * a loaded image only what the keyrings do not have any more.
 * Return -EINVAL if no image with keys is loaded, or the errno of a key that
 * cannot be copied. May sleep.
 */
int reuse_request(bool reuse);
bool reuse_is_requested(void);

/* A load has succeeded. Callable from any context. */
void reuse_end(void);

#endif /* CRASH_DM_CRYPT_REUSE_H */
