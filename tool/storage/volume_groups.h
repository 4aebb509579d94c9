/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_VOLUME_GROUPS_H
#define KDUMP_CRYPT_VOLUME_GROUPS_H

#include "lib/text_list.h"

/*
 * Find the system IDs, lvmsystemid(7), of the volume groups of
 * @logical_volumes ("vg/lv"): without them LVM would not touch those. Returns
 * 0, or -1 after the reason was printed, also where a group is one that the
 * crash kernel could not use.
 */
int volume_groups_find_system_ids(struct text_list *system_ids,
				  const struct text_list *logical_volumes);

/* What LVM has to be told of those IDs, for the caller to free. */
char *volume_groups_configuration(const struct text_list *system_ids);

#endif /* KDUMP_CRYPT_VOLUME_GROUPS_H */
