/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DUMP_SPACE_H
#define KDUMP_CRYPT_DUMP_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"

/* The space for the next vmcore. All in bytes. */
struct dump_space {
	int64_t free;	   /* of the filesystem, for everyone */
	int64_t only_root; /* free as well, but only for root: ext4 has that */
	int64_t wanted;	   /* what should stay free */
	/*
	 * The part of @free that the vmcore must leave free: info.json is
	 * written after it, and the machine must be able to boot. It is less
	 * than @wanted if there is less, or if the first dump needs it.
	 */
	int64_t reserve;
	int64_t least; /* that @reserve can be */
	/*
	 * The size of the largest complete vmcore of this host. If there is
	 * none, it is only a forecast, a fraction of the machine's memory. No
	 * vmcore is much larger than the memory.
	 */
	int64_t estimate;
	bool is_forecast;
	bool enough; /* @estimate fits into @free without @reserve */
};

/*
 * Forecast the space for the next vmcore of @host in the dump path @path. The
 * machine has @memory_bytes of memory. @percent of the filesystem should stay
 * free. error->number is an errno.
 */
int dump_space_forecast(struct dump_space *space, const char *path,
			const char *host, int64_t memory_bytes,
			unsigned int percent, struct error *error);

/*
 * Say how much a dump may need, and from what that is known. The caller frees
 * the text.
 */
char *dump_space_describe(const struct dump_space *space);

#endif /* KDUMP_CRYPT_DUMP_SPACE_H */
