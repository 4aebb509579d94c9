/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_TARGET_WARNINGS_H
#define KDUMP_CRYPT_TARGET_WARNINGS_H

#include "lib/text_list.h"
#include "tool/storage/targets.h"

/*
 * Add what may damage a dump there, or keep it from being found: a copy of a
 * disk, a filesystem with errors, FAT.
 */
void target_warnings_add(struct text_list *warnings,
			 const struct targets *targets);

#endif /* KDUMP_CRYPT_TARGET_WARNINGS_H */
