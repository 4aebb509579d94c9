/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DUMP_H
#define KDUMP_CRYPT_DUMP_H

#include "../lib/plan.h"

/*
 * Save the crashed kernel's log, then its memory, then what is known of both,
 * in a directory of their own in the plan's dump directory, whose filesystem is
 * mounted at @target. A vmcore that is not complete stays there under the name
 * vmcore-incomplete. Returns 0 where the vmcore is complete, or -1 after the
 * reason was reported.
 */
int dump_save(const struct plan *plan, const char *target);

#endif /* KDUMP_CRYPT_DUMP_H */
