/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small text files, above all the attributes of sysfs and configfs. */
#ifndef KDUMP_CRYPT_TEXTFILE_H
#define KDUMP_CRYPT_TEXTFILE_H

/*
 * The whole content of @path without trailing newlines; the caller frees it.
 * Returns NULL with errno set where it cannot be read.
 */
char *textfile_read(const char *path);

/*
 * The non-negative number that @path consists of.
 * Returns -1 with errno set where it cannot be read or is no such number.
 */
long long textfile_read_number(const char *path);

/*
 * Write @text to the existing file @path in a single write(2), so that an
 * attribute sees it whole. Returns 0, or -1 with errno set.
 */
int textfile_write(const char *path, const char *text);

/*
 * Make the file @path of @text and a newline, in place of one that is there:
 * after a power failure it is the old one or the new one. Returns 0, or -1
 * with errno set.
 */
int textfile_replace(const char *path, const char *text);

/*
 * Put @with in place of the first line of @path that is @line, in the same way;
 * all else of the file stays byte for byte, and so do its owner and its mode.
 * Returns 0, or -1 with errno set: ESRCH where there is no such line.
 */
int textfile_replace_line(const char *path, const char *line, const char *with);

#endif /* KDUMP_CRYPT_TEXTFILE_H */
