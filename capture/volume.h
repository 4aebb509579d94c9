/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The LUKS volumes below the filesystem that takes the dump. The volume key of
 * each is a user key, from saved_keys_use() until volume_forget_key().
 * volume_open() wipes what it reads of it. dm-crypt keeps its own copy until
 * volume_close().
 */
#ifndef KDUMP_CRYPT_VOLUME_H
#define KDUMP_CRYPT_VOLUME_H

#include "lib/error.h"
#include "lib/plan.h"

/*
 * Open the LUKS volume on @device as /dev/mapper/@name, with its user key.
 * error->number is an errno.
 */
int volume_open(const struct plan_volume *volume, const char *name,
		const char *device, struct error *error);

/*
 * Invalidate the user key, and the copy that libcryptsetup leaves in the thread
 * keyring. error->number is an errno.
 */
int volume_forget_key(const struct plan_volume *volume, struct error *error);

/*
 * Close the volume that is open as /dev/mapper/@name. error->number is an
 * errno.
 */
int volume_close(const char *name, struct error *error);

#endif /* KDUMP_CRYPT_VOLUME_H */
