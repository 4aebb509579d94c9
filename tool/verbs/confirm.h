/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking on the terminal before something that cannot be taken back. @outcome
 * is what is then told where the answer is no, such as "nothing was removed".
 */
#ifndef KDUMP_CRYPT_CONFIRM_H
#define KDUMP_CRYPT_CONFIRM_H

#include <stdbool.h>

/* Whether there is anybody to ask; otherwise that was printed. */
bool confirm_possible(const char *outcome);

/*
 * Print @question and read a line: whether that is @word, or begins with y
 * where @word is NULL. Otherwise @outcome was printed.
 */
bool confirm(const char *question, const char *word, const char *outcome);

#endif /* KDUMP_CRYPT_CONFIRM_H */
