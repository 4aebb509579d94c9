/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ask on the terminal before doing something that cannot be undone. @outcome is
 * the message if the answer is no, such as "nothing was removed".
 */
#ifndef KDUMP_CRYPT_CONFIRM_H
#define KDUMP_CRYPT_CONFIRM_H

#include <stdbool.h>

/* Return true if there is a terminal to ask on. Otherwise print @outcome. */
bool confirm_possible(const char *outcome);

/*
 * Print @question and read a line. Return true if the line is @word, or if it
 * begins with y and @word is NULL. Otherwise print @outcome.
 */
bool confirm(const char *question, const char *word, const char *outcome);

#endif /* KDUMP_CRYPT_CONFIRM_H */
