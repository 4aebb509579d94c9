/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DUMP_H
#define KDUMP_CRYPT_DUMP_H

#include <stdbool.h>

#include "lib/plan.h"

/* The parts of the dump that are on a disk. */
struct dump_saved {
	bool kernel_log;
	bool vmcore; /* the complete vmcore */
};

/*
 * Save a dump in a new directory in the dump path of @target, whose filesystem
 * is mounted at @mounted: the crashed kernel's log, then its memory, then
 * info.json. Set the members of @saved as soon as each is on the disk. Report
 * what is saved, and why something is not.
 */
void dump_save(struct dump_saved *saved, const struct plan *plan,
	       const struct plan_target *target, const char *mounted);

#endif /* KDUMP_CRYPT_DUMP_H */
