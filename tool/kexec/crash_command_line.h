/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_CRASH_COMMAND_LINE_H
#define KDUMP_CRYPT_CRASH_COMMAND_LINE_H

#include "lib/error.h"
#include "lib/text_list.h"

/*
 * Return the command line of the crash kernel. It consists of the parameters
 * of the @running kernel's command line, except those of its root filesystem,
 * its memory, its services, its processors and its debugging; of those that a
 * crash kernel needs; and of @append, which may be NULL. A parameter in @append
 * replaces one that a crash kernel needs. The caller frees the text.
 */
char *crash_command_line_make(const char *running, const char *append);

/*
 * Return 0 if @line, with what the kernel and the module put in front of it, is
 * not too long for the crash kernel. Otherwise return -1, and error->number is
 * E2BIG.
 */
int crash_command_line_check(const char *line, struct error *error);

/* Add the value of each parameter @name in the command line @line. */
void crash_command_line_values(struct text_list *values, const char *line,
			       const char *name);

#endif /* KDUMP_CRYPT_CRASH_COMMAND_LINE_H */
