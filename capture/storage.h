/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the filesystem lies on: RAID arrays, LUKS volumes and logical volumes,
 * in whatever nesting. Each is opened as soon as what it lies on is there.
 */
#ifndef KDUMP_CRYPT_STORAGE_H
#define KDUMP_CRYPT_STORAGE_H

#include "lib/plan.h"

/*
 * Wait until the filesystem of @target is there, opening what the plan has as
 * it appears. Returns the name of its device, for the caller to free, or NULL
 * after the reason was reported. May be called for one target after the other.
 */
char *storage_open(const struct plan *plan, const struct plan_target *target);

/*
 * Invalidate the restored keys of volumes that have not been opened, which they
 * cannot be any more then. Those of the others are gone already.
 */
void storage_forget_keys(const struct plan *plan);

/* Close what storage_open() opened, the last first. */
void storage_close(const struct plan *plan);

#endif /* KDUMP_CRYPT_STORAGE_H */
