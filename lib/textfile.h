/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Read and write small text files, mostly attributes of sysfs and configfs. */
#ifndef KDUMP_CRYPT_TEXTFILE_H
#define KDUMP_CRYPT_TEXTFILE_H

#include "lib/error.h"

/* error->reason names the file. error->number is an errno. */

/*
 * Return the content of @path without trailing newlines. Return NULL if the
 * file cannot be read. The caller frees the text.
 */
char *textfile_read(const char *path, struct error *error);

/*
 * Return the non-negative number that is the only content of @path. Return -1
 * if the file cannot be read. Return -1 with EINVAL if it contains anything
 * else.
 */
long long textfile_read_number(const char *path, struct error *error);

/*
 * Write @text to the existing file @path with a single write(2), so that an
 * attribute receives the whole text at once.
 */
int textfile_write(const char *path, const char *text, struct error *error);

/*
 * Replace the content of @path by @text and a newline. Create the file if it
 * does not exist. After a power failure the file has its old content or its
 * new content.
 */
int textfile_replace(const char *path, const char *text, struct error *error);

/*
 * Replace the first line of @path that equals @line by @with. The rest of the
 * file, its owner and its mode stay the same. After a power failure the file
 * has its old content or its new content. error->number is ESRCH if the file
 * has no such line, and EINVAL if it is not a text file.
 */
int textfile_replace_line(const char *path, const char *line, const char *with,
			  struct error *error);

#endif /* KDUMP_CRYPT_TEXTFILE_H */
