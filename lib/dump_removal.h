/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DUMP_REMOVAL_H
#define KDUMP_CRYPT_DUMP_REMOVAL_H

#include <stdint.h>

#include "lib/error.h"

/*
 * Remove the dump @name in @path. Remove nothing if its directory contains
 * something that does not belong to a dump.
 */
int dumps_remove(const char *path, const char *name, struct error *error);

/*
 * Remove the oldest complete dumps of @host in @path, so that @keep are left.
 * @newest is always kept, even if the clock is wrong. Dumps without info.json
 * stay. Call @removed for each dump: @reason is NULL, or says that the dump was
 * not removed and why.
 */
void dumps_keep(const char *path, const char *host, unsigned int keep,
		const char *newest,
		void (*removed)(const char *name, const char *reason));

/*
 * If less than @needed bytes are free in the filesystem of @path, remove what
 * @host has there until they are: first the vmcores of dumps that are not
 * complete, whose kernel log stays, then complete dumps, the oldest first. The
 * oldest complete dump stays, as the first crash often explains the others, and
 * so does @newest. Call @removed for each dump, also if its vmcore was removed
 * only: @reason says so then.
 */
void dumps_make_room(const char *path, const char *host, const char *newest,
		     int64_t needed,
		     void (*removed)(const char *name, const char *reason));

#endif /* KDUMP_CRYPT_DUMP_REMOVAL_H */
