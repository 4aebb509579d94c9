/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the filesystem lies on: RAID arrays, LUKS volumes and logical volumes,
 * in whatever nesting. Each is opened as soon as what it lies on is there.
 */
#ifndef KDUMP_CRYPT_STORAGE_H
#define KDUMP_CRYPT_STORAGE_H

#include "../lib/plan.h"

/*
 * Wait until the plan's filesystem is there, opening what it lies on. Returns
 * the name of its device, for the caller to free, or NULL after the reason was
 * reported. No restored key is left then in either case.
 */
char *storage_open(const struct plan *plan);

/* Close what storage_open() opened, the last first. */
void storage_close(const struct plan *plan);

#endif /* KDUMP_CRYPT_STORAGE_H */
