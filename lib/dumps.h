/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dumps in a dump path: each a directory that holds a vmcore, as far as it
 * was saved, the kernel log and, unless it is older than that, info.json.
 */
#ifndef KDUMP_CRYPT_DUMPS_H
#define KDUMP_CRYPT_DUMPS_H

#include "lib/dump_info.h"

#define DUMP_VMCORE	       "vmcore"
#define DUMP_VMCORE_INCOMPLETE "vmcore-incomplete"
#define DUMP_KERNEL_LOG	       "vmcore-dmesg.txt"

struct dump {
	char *path;	       /* the dump path that it is in */
	char *name;	       /* of its directory there */
	bool has_info;	       /* a valid info.json */
	struct dump_info info; /* without one, what there is to see */
};

struct dumps {
	struct dump *list; /* oldest first */
	size_t count;
};

/*
 * Find the dumps in @path. Symbolic links in there are not followed. Returns 0,
 * or -1 with errno set. The caller releases them with dumps_release().
 */
int dumps_read(struct dumps *dumps, const char *path);

/* The same for one more path: on failure @dumps is as it was. */
int dumps_add(struct dumps *dumps, const char *path);

void dumps_release(struct dumps *dumps);

/*
 * Remove the dump @name in @path. Where there is anything in it that does not
 * belong to a dump, nothing is removed. Returns 0, or -1 with *@reason set to a
 * message for the caller to free.
 */
int dumps_remove(const char *path, const char *name, char **reason);

/*
 * Remove the oldest complete dumps of @host in @path, so that @keep are left,
 * @newest among them whatever the clock says. Dumps without info.json stay.
 * @removed is called for each with its name, and with the reason where it could
 * not be removed.
 */
void dumps_keep(const char *path, const char *host, unsigned int keep,
		const char *newest,
		void (*removed)(const char *name, const char *reason));

/*
 * The bytes that the next vmcore of @host in @path may take: those of its
 * largest complete dump there, or a part of @memory_bytes, which the machine
 * has.
 */
int64_t dumps_estimate(const char *path, const char *host,
		       int64_t memory_bytes);

/*
 * Of @available bytes, those that a vmcore is not to take, as what is known of
 * it is written after it, and the machine has to boot.
 */
int64_t dumps_reserve(int64_t available);

#endif /* KDUMP_CRYPT_DUMPS_H */
