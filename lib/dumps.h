/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dumps in a dump path. A dump is a directory with a vmcore, complete or
 * not, the kernel log and info.json. Dumps of older versions lack info.json.
 */
#ifndef KDUMP_CRYPT_DUMPS_H
#define KDUMP_CRYPT_DUMPS_H

#include "lib/dump_info.h"

#define DUMP_VMCORE	       "vmcore"
#define DUMP_VMCORE_INCOMPLETE "vmcore-incomplete"
#define DUMP_KERNEL_LOG	       "vmcore-dmesg.txt"

struct dump {
	char *path;	       /* the dump path that contains it */
	char *name;	       /* of its directory there */
	bool has_info;	       /* it has a valid info.json */
	struct dump_info info; /* without info.json, what the files show */
};

struct dumps {
	struct dump *list; /* oldest first */
	size_t count;
};

/*
 * Find the dumps in @path. Symbolic links in @path are not followed. The number
 * is an errno. The caller releases @dumps with dumps_release().
 */
int dumps_read(struct dumps *dumps, const char *path, struct error *error);

/* Add the dumps of one more path. On failure @dumps does not change. */
int dumps_add(struct dumps *dumps, const char *path, struct error *error);

void dumps_release(struct dumps *dumps);

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
 * Return how many bytes the next vmcore of @host in @path may need: the size of
 * the largest complete one there. If there is none, return a fraction of the
 * machine's memory @memory_bytes.
 */
int64_t dumps_estimate(const char *path, const char *host,
		       int64_t memory_bytes);

/*
 * Return how many of @available bytes a vmcore must leave free: info.json is
 * written after it, and the machine must be able to boot.
 */
int64_t dumps_reserve(int64_t available);

#endif /* KDUMP_CRYPT_DUMPS_H */
