/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The LUKS volumes whose keys a scan searches for. */
#ifndef KDUMP_CRYPT_SCAN_VOLUMES_H
#define KDUMP_CRYPT_SCAN_VOLUMES_H

#include <stddef.h>

#include "lib/error.h"
#include "lib/text_list.h"
#include "tool/keys/keyslot.h"
#include "tool/keys/volume_key.h"
#include "tool/scan/key_search.h"

struct scan_volume {
	char *uuid;
	char *device;
	struct volume_key key; /* in locked memory; the list owns it */
};

struct scan_volumes {
	struct scan_volume *list;
	struct known_key *keys; /* of each, for the search; they point to list */
	size_t count;
};

/*
 * Get the key of the LUKS volume on @device, or of each open LUKS volume if
 * that is NULL. All memory of this process is locked afterwards if there is
 * any. Return 0 or -1. The caller releases @volumes with
 * scan_volumes_release() in both cases.
 */
int scan_volumes_find(struct scan_volumes *volumes, const char *device,
		      const struct keyslot_source *source,
		      struct text_list *warnings, struct error *error);

/* Wipe the keys and release all. */
void scan_volumes_release(struct scan_volumes *volumes);

#endif /* KDUMP_CRYPT_SCAN_VOLUMES_H */
