/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file from which kernel-install(8) takes the kernel's command line. */
#ifndef KDUMP_CRYPT_COMMAND_LINE_FILE_H
#define KDUMP_CRYPT_COMMAND_LINE_FILE_H

#define COMMAND_LINE_FILE "/etc/kernel/cmdline"

/*
 * Return what kernel-install(8) uses if there is no such file: @running, which
 * is the command line of the running kernel, without what the boot loader has
 * added, and without any crashkernel=. The caller frees it.
 */
char *command_line_default(const char *running);

/* Return @line with a crashkernel= at its end: the kernel uses the last one. */
char *command_line_reserve(const char *line, long long mebibytes);

/*
 * Return the MiB that a text of a boot loader's configuration reserves with its
 * last crashkernel=. Return 0 if there is none, or one in another form than that
 * of setup.
 */
long long command_line_reserved(const char *text);

/* Return @line without any crashkernel=. The caller frees it. */
char *command_line_without(const char *line);

/*
 * Return the line of a file with this content that has a crashkernel=. If
 * several have, return the last one; if none has, the last one that is not
 * empty and not a comment. Return NULL if there is none. The caller frees it.
 */
char *command_line_find(const char *content);

#endif /* KDUMP_CRYPT_COMMAND_LINE_FILE_H */
