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

/* The space for the next vmcore. All in bytes. */
struct dumps_space {
	int64_t free;	   /* of the filesystem, for everyone */
	int64_t only_root; /* free as well, but only for root: ext4 has that */
	/*
	 * The part of @free that the vmcore must leave free: info.json is
	 * written after it, and the machine must be able to boot.
	 */
	int64_t reserve;
	/*
	 * The size of the largest complete vmcore of this host. If there is
	 * none, a fraction of the machine's memory.
	 */
	int64_t estimate;
	bool enough; /* @estimate fits into @free without @reserve */
};

/*
 * Forecast the space for the next vmcore of @host in the dump path @path. The
 * machine has @memory_bytes of memory. The number is an errno.
 */
int dumps_forecast_space(struct dumps_space *space, const char *path,
			 const char *host, int64_t memory_bytes,
			 struct error *error);

#endif /* KDUMP_CRYPT_DUMPS_H */
