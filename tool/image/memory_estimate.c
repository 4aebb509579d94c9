// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "tool/image/memory_estimate.h"

#define MIB  (1024LL * 1024)
#define STEP (4 * MIB)

/*
 * These were measured with Debian 13's generic kernel as the crash kernel, and
 * rounded up. tests/vm/test_estimate.py compares the total for that kernel with
 * the least memory that works.
 */
#define UNPACKING (1 * MIB) /* zstd's window */
#define PROGRAMS  (8 * MIB) /* capture program, makedumpfile */
#define CRYPT	  (2 * MIB) /* dm-crypt's buffers */
#define CPU	  (4 * MIB) /* each after the first, with its thread */
#define ALLOCATED (8 * MIB) /* by the kernel and its drivers, and a margin */

/* The crash kernel has 64 bytes of description for each page of 4096. */
#define PAGE_STRUCTS 64

/* dm-integrity has 32 bytes for each sector of 512 bytes in its journal. */
#define JOURNAL_TREE 16

/* makedumpfile has two bitmaps with a bit for each page of the machine. */
#define BITMAP_PART  (4096 * 8 / 2)
#define BITMAP_LIMIT (16 * MIB) /* then it works in cycles */

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
	const struct initramfs_size *initramfs = &facts->initramfs;
	long long crypt = facts->encrypted ? CRYPT : 0;
	long long journals = facts->journals + facts->journals / JOURNAL_TREE;
	long long maps = bitmaps(facts->machine);
	long long unpacking = initramfs->modules + UNPACKING;
	long long running =
		initramfs->loaded_modules + PROGRAMS + crypt + journals + maps;

	memset(estimate, 0, sizeof(*estimate));
	add(estimate, "kernel", "kernel", facts->kernel);
	/* The crash kernel keeps it, as its programs are in it. */
	add(estimate, "initramfs", "capture initramfs", initramfs->compressed);
	add(estimate, "files", "capture initramfs, unpacked", initramfs->files);
	add(estimate, "cpus", "more processors", (facts->cpus - 1) * CPU);
	/* The larger of the two counts: a module's file is freed when it is loaded. */
	if (unpacking > running) {
		add(estimate, "modules", "kernel modules, unpacked",
		    initramfs->modules);
		add(estimate, "unpacking", "unpacking", UNPACKING);
	} else {
		add(estimate, "modules", "kernel modules, loaded",
		    initramfs->loaded_modules);
		add(estimate, "programs", "running programs", PROGRAMS);
		add(estimate, "crypt", "encryption", crypt);
		add(estimate, "journals", "journals of dm-integrity", journals);
		add(estimate, "bitmaps", "bitmaps of this machine's memory",
		    maps);
	}
	add(estimate, "pages", "page descriptors",
	    estimate->total / PAGE_STRUCTS);
	add(estimate, "allocated", "kernel allocations and margin", ALLOCATED);
	estimate->total = (estimate->total + STEP - 1) / STEP * STEP;
}
