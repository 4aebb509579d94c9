/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_VOLUME_GROUPS_H
#define KDUMP_CRYPT_VOLUME_GROUPS_H

#include "lib/error.h"
#include "lib/text_list.h"

/*
 * Add the system IDs, lvmsystemid(7), of the volume groups of @logical_volumes
 * ("vg/lv"). LVM refuses to use these groups on a machine without those IDs.
 * Fail if the crash kernel could not use one of the groups.
 */
int volume_groups_find_system_ids(struct text_list *system_ids,
				  const struct text_list *logical_volumes,
				  struct error *error);

/*
 * Return the lines of lvm.conf that give the crash kernel those IDs. The caller
 * frees them.
 */
char *volume_groups_configuration(const struct text_list *system_ids);

#endif /* KDUMP_CRYPT_VOLUME_GROUPS_H */
