/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The LUKS volumes below the filesystem that takes the dump. The volume key of
 * each is a user key from saved_keys_use() until volume_open() returns,
 * which invalidates it whether or not the volume is open then, or until
 * volume_forget_key() where it never comes to that. Whoever reads it wipes what
 * was read; dm-crypt holds its own until volume_close().
 */
#ifndef KDUMP_CRYPT_VOLUME_H
#define KDUMP_CRYPT_VOLUME_H

#include "lib/plan.h"

/*
 * Open the LUKS volume on @device under @name. Returns 0, or a negative errno
 * after the reason was reported.
 */
int volume_open(const struct plan_volume *volume, const char *name,
		const char *device);

/* Invalidate the restored key of a volume that was not opened. */
void volume_forget_key(const struct plan_volume *volume);

/* Close what volume_open() opened. Returns 0 or a negative errno. */
int volume_close(const char *name);

#endif /* KDUMP_CRYPT_VOLUME_H */
