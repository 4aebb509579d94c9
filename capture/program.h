/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_PROGRAM_H
#define KDUMP_CRYPT_PROGRAM_H

/*
 * Run a program of the storage stack to its end; what it says goes to the file
 * @log. It is killed after @seconds. Returns 0 where it succeeded.
 */
int program_run(char *const *arguments, const char *log, unsigned int seconds);

#endif /* KDUMP_CRYPT_PROGRAM_H */
