/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When dm-crypt gets the volume key of a volume that link= lists, link the key
 * into root's user keyring, whatever program opens or resumes the volume. When
 * it wipes the key of a volume, wipe the copies of it.
 *
 * All functions may sleep. None of them makes an operation of dm-crypt fail.
 */
#ifndef CRASH_DM_CRYPT_LINK_H
#define CRASH_DM_CRYPT_LINK_H

#include <linux/device-mapper.h>

#include "link_list.h"

struct volume_key;

/* A volume key on its way into the keyring. The fields are link.c's own. */
struct linking {
	struct volume_uuid uuid;
	bool is_listed;
	bool is_reencrypted;
	struct volume_key *key;
	int error;
};

/*
 * dm-crypt is about to take @key for @target, and wipes it from its arguments.
 * Copy it if the volume is listed. Call link_end() in any case.
 */
void link_begin(struct linking *linking, struct dm_target *target,
		const char *key);

/* Link the key if dm-crypt has taken it. */
void link_end(struct linking *linking, bool succeeded);

/*
 * dm-crypt has wiped the key of @target, which is suspended. Remove it from
 * root's user keyring and from the loaded crash image.
 */
void link_wipe(struct dm_target *target);

#endif /* CRASH_DM_CRYPT_LINK_H */
