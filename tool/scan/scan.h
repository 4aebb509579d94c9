/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Searching a vmcore for keys. */
#ifndef KDUMP_CRYPT_SCAN_H
#define KDUMP_CRYPT_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"
#include "tool/scan/key_search.h"
#include "tool/scan/scan_volumes.h"
#include "tool/scan/vmcore.h"

struct scan {
	struct key_search search;
	struct vmcore_read read;
	uint64_t pages; /* read so far */
	uint64_t page_count;
	/* Called now and then while pages are read. */
	void (*progress)(uint64_t pages, uint64_t page_count);
};

/*
 * Read all pages of @vmcore, and search them for the keys of @volumes and for
 * key schedules of AES. Return 0, or -1 if no page can be read. What was found
 * of a volume's key is in volumes->keys, all else in @scan. The caller releases
 * @scan with scan_release() in both cases, and @volumes after that.
 */
int scan_vmcore(struct scan *scan, const struct vmcore *vmcore,
		struct scan_volumes *volumes,
		void (*progress)(uint64_t pages, uint64_t page_count),
		struct error *error);

/* Return true if any key was found. */
bool scan_found_keys(const struct scan *scan);

/* Wipe and release what the search has of the dump's memory. */
void scan_release(struct scan *scan);

#endif /* KDUMP_CRYPT_SCAN_H */
