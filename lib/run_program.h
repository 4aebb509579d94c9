/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run another program and wait until it ends. */
#ifndef KDUMP_CRYPT_RUN_PROGRAM_H
#define KDUMP_CRYPT_RUN_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"

/*
 * A program to run. Only @arguments is required. The program gets a session of
 * its own and no input if its time is limited (@seconds or @tick), so that it
 * can be killed with all that it started. Otherwise it stays in the caller's
 * session, and Ctrl-C ends both.
 */
struct program {
	char *const *arguments; /* end with NULL; PATH is searched for a name */
	char *const *environment; /* ends with NULL; NULL: the caller's */
	const char *directory;	  /* to run in; NULL: the caller's */
	int input; /* file descriptor to read from; 0: as said above */

	/* At most one of these two. Neither: output goes where the caller's does. */
	const char *log; /* file that standard output and error replace */
	void (*output)(const char *text, size_t length, void *context);

	bool output_has_errors; /* @output gets standard error, too */

	unsigned int seconds; /* until the program is killed; 0: no limit */
	/*
	 * Called after output has arrived, and at least once a second. The
	 * program is killed if this returns false.
	 */
	bool (*tick)(void *context);
	void *context; /* for @output and @tick */
};

/*
 * Run the program. Return its exit status, or 128 plus the number of the signal
 * that ended it. Return -1 with the error set if it could not be started
 * (error->number is ENOENT and so on) or if it was killed because of its limits
 * (ETIMEDOUT). A program that is stuck in the kernel is left behind (EBUSY).
 */
int run_program(const struct program *program, struct error *error);

/*
 * Run a program without a limit, and call @visit for each line of its standard
 * output, without the newline. @arguments end with NULL; PATH is searched.
 * Return the same as run_program().
 */
int run_program_for_each_line(char *const *arguments,
			      void (*visit)(char *line, void *context),
			      void *context, struct error *error);

/* Do the same for the lines of its standard output and its standard error. */
int run_program_for_all_lines(char *const *arguments,
			      void (*visit)(char *line, void *context),
			      void *context, struct error *error);

#endif /* KDUMP_CRYPT_RUN_PROGRAM_H */
