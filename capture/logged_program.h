/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of the storage stack and the administrator's hooks. */
#ifndef KDUMP_CRYPT_LOGGED_PROGRAM_H
#define KDUMP_CRYPT_LOGGED_PROGRAM_H

#include "lib/error.h"

/*
 * Run a program until it ends, with its output in the file @log. It is killed
 * after @seconds, with all that it started. Return the same as run_program().
 */
int logged_program_run(char *const *arguments, const char *log,
		       unsigned int seconds, struct error *error);

/* Report the first lines of @log as part of @step, and remove the file. */
void logged_program_report(const char *step, const char *log);

#endif /* KDUMP_CRYPT_LOGGED_PROGRAM_H */
