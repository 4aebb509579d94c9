/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The open LUKS volumes that take no dump. */
#ifndef KDUMP_CRYPT_OTHER_VOLUMES_H
#define KDUMP_CRYPT_OTHER_VOLUMES_H

#include <stddef.h>

#include "tool/storage/targets.h"

struct other_volumes {
	struct luks_volume *list;
	size_t count;
};

/*
 * Find the open LUKS volumes that are not below @targets. The caller releases
 * them with other_volumes_release().
 */
void other_volumes_find(struct other_volumes *others,
			const struct targets *targets);

void other_volumes_release(struct other_volumes *others);

#endif /* KDUMP_CRYPT_OTHER_VOLUMES_H */
