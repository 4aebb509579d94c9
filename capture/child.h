/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_CHILD_H
#define KDUMP_CRYPT_CHILD_H

/*
 * Run a program to its end. It is killed where the file @output has not grown
 * for @stall seconds. @step names what it is part of, for the lines about its
 * progress and for the watchdog, whose time begins anew as the file grows.
 *
 * Returns its exit status, 128 plus the number of the signal that ended it, or
 * -1 with errno set where it could not be started (ENOENT and so on) or was
 * killed (ETIMEDOUT).
 */
int child_run(const char *step, char *const *arguments, const char *output,
	      unsigned int stall);

#endif /* KDUMP_CRYPT_CHILD_H */
