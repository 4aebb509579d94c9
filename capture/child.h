/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_CHILD_H
#define KDUMP_CRYPT_CHILD_H

#define CHILD_WORDS 512

/*
 * Run a program, makedumpfile that is, to its end, in @directory. It is killed
 * where for @stall seconds it has said nothing and its file @output there has
 * not grown. @step names what it is part of, for the lines about its progress
 * and for the watchdog, whose time begins anew as it makes progress. @words
 * becomes the last line that it printed besides its progress, or empty.
 *
 * Returns its exit status, 128 plus the number of the signal that ended it, or
 * -1 with errno set where it could not be started (ENOENT and so on) or was
 * killed (ETIMEDOUT).
 */
int child_run(const char *step, char *const *arguments, const char *directory,
	      const char *output, unsigned int stall, char words[CHILD_WORDS]);

#endif /* KDUMP_CRYPT_CHILD_H */
