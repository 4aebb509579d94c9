/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DUMP_H
#define KDUMP_CRYPT_DUMP_H

#include <stdbool.h>

#include "capture/collector.h"
#include "lib/plan.h"

/* What of the crashed kernel is on a disk. */
struct dump_saved {
	bool kernel_log;
	bool vmcore; /* all of it */
};

/*
 * Save the crashed kernel's log, then its memory, then what is known of both,
 * in a directory of their own in the dump directory of @target, whose
 * filesystem is mounted at @mounted. A vmcore that is not complete stays there
 * under the name vmcore-incomplete. Each thing that was saved is noted in
 * @saved, and the reason where it was not is reported.
 */
void dump_save(struct dump_saved *saved, const struct plan *plan,
	       const struct plan_target *target, const char *mounted);

/*
 * Have makedumpfile write the crashed kernel's log to vmcore-dmesg.txt in
 * @directory; the rest is as for collector_run().
 */
int dump_kernel_log(const char *step, const char *directory, unsigned int stall,
		    char words[COLLECTOR_WORDS], struct error *error);

#endif /* KDUMP_CRYPT_DUMP_H */
