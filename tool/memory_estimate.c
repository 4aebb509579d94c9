// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "memory_estimate.h"

#define MIB		(1024LL * 1024)
#define STEP		(4 * MIB)

/*
 * Measured with Debian 13's generic kernel as a crash kernel, and rounded up;
 * tests/vm/test_estimate.py holds the sum against what works.
 */
#define PROGRAMS	(10 * MIB)	/* capture program, makedumpfile */
#define CRYPT		(2 * MIB)	/* dm-crypt's buffers */
#define MARGIN		(6 * MIB)	/* drivers' and the filesystem's own */

/* The crash kernel describes each page of its memory: 64 bytes for 4096. */
#define PAGE_STRUCTS	64

/* Two bitmaps, with a bit for each page of the machine's memory in each. */
#define BITMAP_PART	(4096 * 8 / 2)
#define BITMAP_LIMIT	(16 * MIB)	/* then makedumpfile goes in cycles */

static void add(struct memory_estimate *estimate, const char *name,
		const char *title, long long bytes)
{
	if (!bytes)
		return;
	estimate->parts[estimate->count++] = (struct memory_part) {
		.name = name,
		.title = title,
		.bytes = bytes,
	};
	estimate->total += bytes;
}

static long long bitmaps(long long machine)
{
	long long bytes = machine / BITMAP_PART;

	return bytes < BITMAP_LIMIT ? bytes : BITMAP_LIMIT;
}

void memory_estimate(struct memory_estimate *estimate,
		     const struct memory_facts *facts)
{
	memset(estimate, 0, sizeof(*estimate));
	add(estimate, "kernel", "kernel", facts->kernel);
	add(estimate, "initramfs", "capture initramfs, unpacked",
	    facts->initramfs.files);
	add(estimate, "modules", "kernel modules", facts->initramfs.modules);
	add(estimate, "bitmaps", "bitmaps of this machine's memory",
	    bitmaps(facts->machine));
	add(estimate, "programs", "programs that run", PROGRAMS);
	add(estimate, "crypt", "encryption", facts->encrypted ? CRYPT : 0);
	add(estimate, "margin", "margin", MARGIN);
	add(estimate, "pages", "page descriptors for all that",
	    estimate->total / PAGE_STRUCTS);
	estimate->total = (estimate->total + STEP - 1) / STEP * STEP;
}
