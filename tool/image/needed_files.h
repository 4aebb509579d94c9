/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a program needs. */
#ifndef KDUMP_CRYPT_NEEDED_FILES_H
#define KDUMP_CRYPT_NEEDED_FILES_H

#include "lib/error.h"

/*
 * Call @visit for every file without which the file @program cannot run: the
 * interpreter of a script, the dynamic loader, and every shared library, by the
 * path under which the loader will look for it. If a library is only found
 * through the loader's cache, that is needed, too. LD_LIBRARY_PATH does not
 * count, as the crash kernel does not have it. A static program needs none,
 * and neither does a file that is no program. Nothing of the program runs.
 * Return 0, or -1 if @program cannot be read or a library is missing.
 */
int needed_files_for_each(const char *program,
			  void (*visit)(const char *file, void *context),
			  void *context, struct error *error);

/*
 * Start @program with one argument, which makes it only print something, with
 * the libraries that the crash kernel's dynamic loader will find. Return 0, or
 * -1 if it does not start or its exit status is not 0; error->reason has the
 * first line that it printed.
 */
int needed_files_start(const char *program, const char *argument,
		       struct error *error);

#endif /* KDUMP_CRYPT_NEEDED_FILES_H */
