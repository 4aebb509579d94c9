/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why something failed: the one way in which user space says so.
 *
 * A function that can fail takes a struct error as its last parameter. It
 * returns 0, or -1 after it has set the error; one that returns a pointer
 * returns NULL after it has set the error. On success the error is untouched.
 * The error is the caller's, usually on its stack. It holds no memory, so
 * nobody releases it, and an error that says "out of memory" needs none.
 *
 * A caller that does not want the reason passes NULL. Only the verbs of the
 * tool and the steps of the capture program print a reason.
 *
 * A function that answers a question returns bool, or NULL for "there is
 * none". That is an answer and no failure: it takes no struct error.
 */
#ifndef KDUMP_CRYPT_ERROR_H
#define KDUMP_CRYPT_ERROR_H

#define ERROR_REASON_SIZE 2048 /* bytes; a longer reason ends in "..." */

struct error {
	int number; /* an errno that callers may decide by; 0: none fits */
	char reason[ERROR_REASON_SIZE]; /* for people: one line, no newline */
};

/* Set the reason, and @number, which is an errno or 0. Always returns -1. */
int error_set(struct error *error, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Set the reason to the text followed by a colon and what errno means; the
 * number is errno. Always returns -1. errno stays as it is.
 */
int error_set_errno(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Put the text and a colon in front of the reason, for what the caller knows
 * and the callee did not. Always returns -1.
 */
int error_prefix(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* KDUMP_CRYPT_ERROR_H */
