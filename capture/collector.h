/* SPDX-License-Identifier: GPL-2.0-or-later */
/* makedumpfile, which writes the kernel log and the vmcore. */
#ifndef KDUMP_CRYPT_COLLECTOR_H
#define KDUMP_CRYPT_COLLECTOR_H

#include "lib/error.h"

#define MAKEDUMPFILE   "/usr/bin/makedumpfile"
#define CRASHED_MEMORY "/proc/vmcore"

/*
 * Our module's /proc/vmcore, if keys are hidden: a page that is mapped is not
 * searched for keys before it is accessed.
 */
#define CRASHED_MEMORY_LAZY "/proc/crash_dm_crypt_vmcore"

/* Return the one of the two that makedumpfile should map. */
const char *collector_source(void);

/*
 * Run makedumpfile with @arguments in @directory until it ends. @step is the
 * step that reports its progress; the step's time in the watchdog begins again
 * with each progress. The program is killed if for @stall seconds it has
 * printed nothing and its file @output in @directory has not grown.
 *
 * The reason of a failure ends with the last line that makedumpfile printed
 * apart from its progress. error->number is ENOSPC if the filesystem is full,
 * ETIMEDOUT if makedumpfile was killed, an errno if it could not be started,
 * and 0 in all other cases.
 */
int collector_run(const char *step, char *const *arguments,
		  const char *directory, const char *output, unsigned int stall,
		  struct error *error);

#endif /* KDUMP_CRYPT_COLLECTOR_H */
