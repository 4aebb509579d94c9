/* SPDX-License-Identifier: GPL-2.0-or-later */
/* makedumpfile, which writes the kernel log and the vmcore. */
#ifndef KDUMP_CRYPT_COLLECTOR_H
#define KDUMP_CRYPT_COLLECTOR_H

#include "lib/error.h"

#define COLLECTOR_WORDS 512

/*
 * Run makedumpfile with @arguments in @directory until it ends. @step is the
 * step that reports its progress; the step's time in the watchdog begins again
 * with each progress. The program is killed if for @stall seconds it has
 * printed nothing and its file @output in @directory has not grown. @words
 * becomes the last line that it printed apart from its progress, or empty.
 *
 * Return its exit status, or 128 plus the number of the signal that ended it.
 * Return -1 with the error set if it could not be started (ENOENT and so on)
 * or was killed (ETIMEDOUT).
 */
int collector_run(const char *step, char *const *arguments,
		  const char *directory, const char *output, unsigned int stall,
		  char words[COLLECTOR_WORDS], struct error *error);

#endif /* KDUMP_CRYPT_COLLECTOR_H */
