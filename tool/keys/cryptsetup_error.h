/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors of libcryptsetup. Its functions return a negative errno, and log a
 * sentence that says more. libcryptsetup prints that sentence unless somebody
 * takes its log. This takes the log and puts the sentence into the error.
 */
#ifndef KDUMP_CRYPT_CRYPTSETUP_ERROR_H
#define KDUMP_CRYPT_CRYPTSETUP_ERROR_H

#include "lib/error.h"

/* Take the log from now on, and forget what was logged before. */
void cryptsetup_error_start(void);

/*
 * Set the reason to the text, what the negative errno @code means, and what
 * libcryptsetup has logged since cryptsetup_error_start(). error->number is the
 * errno. Always returns -1.
 */
int cryptsetup_error_set(struct error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* KDUMP_CRYPT_CRYPTSETUP_ERROR_H */
