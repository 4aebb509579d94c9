/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why something failed. User space reports every failure in this way.
 *
 * A function that can fail takes a struct error as its last parameter. On
 * failure it sets the error and returns -1, or NULL if it returns a pointer. On
 * success it returns 0 or the pointer, and the error does not change. The error
 * belongs to the caller and is usually on its stack. It owns no memory, so
 * nobody releases it, and the error "out of memory" needs no memory.
 *
 * A caller that does not want the reason passes NULL. Only the verbs of the
 * tool and the steps of the capture program print a reason.
 *
 * A function that answers a question returns bool, or NULL if there is nothing
 * to return. That is not a failure, so it takes no struct error.
 */
#ifndef KDUMP_CRYPT_ERROR_H
#define KDUMP_CRYPT_ERROR_H

#define ERROR_REASON_SIZE 2048 /* bytes; a longer reason ends in "..." */

struct error {
	int number; /* an errno for the caller to act on; 0: none fits */
	char reason[ERROR_REASON_SIZE]; /* for people: one line, no newline */
};

/* Set the reason and the number, which is an errno or 0. Always return -1. */
int error_set(struct error *error, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Set the reason to the text, a colon and the description of errno. Set the
 * number to errno. Always return -1. errno does not change.
 */
int error_set_errno(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Do the same for the file or directory @path, which cannot be written or made
 * because of errno. If the disk is full, the reason says what to do.
 */
int error_set_write(struct error *error, const char *path);
int error_set_make(struct error *error, const char *path);

/*
 * Put the text and a colon before the reason. A caller uses this to add what the
 * callee did not know. Always return -1.
 */
int error_prefix(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* KDUMP_CRYPT_ERROR_H */
