/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The LUKS volume that takes the dump. Its volume key is a user key from
 * volume_restore_keys() until volume_open() returns, which invalidates it
 * whether or not the volume is open then; libcryptsetup wipes what it read of
 * it, and dm-crypt holds its own until volume_close().
 */
#ifndef KDUMP_CRYPT_VOLUME_H
#define KDUMP_CRYPT_VOLUME_H

#include "../lib/plan.h"

/*
 * Make user keys of the keys that the kernel saved before the crash. Returns
 * 0, or -1 with errno set.
 */
int volume_restore_keys(void);

/*
 * Open the plan's LUKS volume on @device. Returns the name of the open
 * volume's device, for the caller to free, or NULL after the reason was
 * reported.
 */
char *volume_open(const struct plan *plan, const char *device);

/* Close what volume_open() opened. Returns 0 or a negative errno. */
int volume_close(void);

#endif /* KDUMP_CRYPT_VOLUME_H */
