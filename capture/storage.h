/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layers below the target's filesystem: RAID arrays, LUKS volumes and
 * logical volumes, nested in any way. Each is opened as soon as its own devices
 * are there.
 */
#ifndef KDUMP_CRYPT_STORAGE_H
#define KDUMP_CRYPT_STORAGE_H

#include "lib/plan.h"

/* Call it once, before all others and before the processes that call them. */
void storage_prepare(const struct plan *plan);

/*
 * Wait until the filesystem of @target is there, and open the plan's layers as
 * their devices appear. Return the name of the filesystem's device. Return NULL
 * after the reason was reported. The caller frees the name. May be called for
 * several targets, one after the other, also in different processes.
 */
char *storage_open(const struct plan *plan, const struct plan_target *target);

/*
 * Invalidate the restored keys of the volumes that have not been opened. They
 * cannot be opened after it. storage_open() has invalidated the other keys.
 */
void storage_forget_keys(const struct plan *plan);

/* Close all that storage_open() opened, in reverse order. */
void storage_close(const struct plan *plan);

#endif /* KDUMP_CRYPT_STORAGE_H */
