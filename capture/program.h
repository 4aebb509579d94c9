/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of the storage stack, and those that the administrator has named. */
#ifndef KDUMP_CRYPT_PROGRAM_H
#define KDUMP_CRYPT_PROGRAM_H

/*
 * Run a program to its end; what it says goes to the file @log. After @seconds
 * it is killed, with what it has started. Returns its exit status, 128 plus
 * the number of the signal that ended it, or -1 where it could not be started,
 * or does not even end by being killed.
 */
int program_run(char *const *arguments, const char *log, unsigned int seconds);

/* Report the first lines that a program left in @log, and remove it. */
void program_report_log(const char *step, const char *log);

#endif /* KDUMP_CRYPT_PROGRAM_H */
