/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_COMMAND_LINE_H
#define KDUMP_CRYPT_COMMAND_LINE_H

#include "lib/text_list.h"

/*
 * The crash kernel's command line, made from the running kernel's: without
 * what concerns its root filesystem, its memory layout or its services, with
 * what a crash kernel needs, and @append (may be NULL) last; what that names
 * replaces our own value. The caller frees
 * it.
 */
char *crash_command_line(const char *running, const char *append);

/* Add to @values what the parameters of that name in @line are set to. */
void command_line_values(struct text_list *values, const char *line,
			 const char *name);

#endif /* KDUMP_CRYPT_COMMAND_LINE_H */
