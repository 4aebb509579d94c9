/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dumps in one or several dump paths. */
#ifndef KDUMP_CRYPT_DUMPS_H
#define KDUMP_CRYPT_DUMPS_H

#include "lib/dump.h"

struct dumps {
	struct dump *list; /* oldest first */
	size_t count;
	size_t unreadable; /* directories that this user may not read */
	size_t untrusted;  /* those with a dump's name that are not counted */
};

/*
 * Find the dumps in @path. Only directories count that dump_open_directory()
 * accepts. Symbolic links in @path are not followed. error->number is an errno.
 * The caller releases @dumps with dumps_release().
 */
int dumps_read(struct dumps *dumps, const char *path, struct error *error);

/* Add the dumps of one more path. On failure @dumps does not change. */
int dumps_add(struct dumps *dumps, const char *path, struct error *error);

void dumps_release(struct dumps *dumps);

#endif /* KDUMP_CRYPT_DUMPS_H */
