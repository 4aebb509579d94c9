/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_PROGRAM_FILES_H
#define KDUMP_CRYPT_PROGRAM_FILES_H

/*
 * Call @visit for every file without which the file @program could not run: a
 * script's interpreter, the dynamic loader, shared libraries. There is none for
 * a static program, or for what is no program. Returns 0, or -1 after the
 * reason was printed.
 */
int program_files_for_each(const char *program,
			   void (*visit)(const char *file, void *context),
			   void *context);

#endif /* KDUMP_CRYPT_PROGRAM_FILES_H */
