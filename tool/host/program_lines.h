/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_PROGRAM_LINES_H
#define KDUMP_CRYPT_PROGRAM_LINES_H

/*
 * Run a program, found in PATH, and call @visit for each line that it prints,
 * without its end. A NULL ends @arguments. Returns 0, or -1 after it was
 * printed that it could not be started; where it failed, what it printed on
 * standard error says why.
 */
int program_lines_for_each(char *const *arguments,
			   void (*visit)(char *line, void *context),
			   void *context);

#endif /* KDUMP_CRYPT_PROGRAM_LINES_H */
