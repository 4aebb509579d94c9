/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_OTHER_VOLUMES_H
#define KDUMP_CRYPT_OTHER_VOLUMES_H

#include <stddef.h>

#include "tool/storage/target.h"

/* Open LUKS volumes besides those that take the dump. */
struct other_volumes {
	struct target_volume *list;
	size_t count;
};

/* The caller releases them with other_volumes_release(). */
void other_volumes_find(struct other_volumes *others,
			const struct targets *targets);

void other_volumes_release(struct other_volumes *others);

#endif /* KDUMP_CRYPT_OTHER_VOLUMES_H */
