// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/array_size.h>
#include <linux/bitmap.h>
#include <linux/cc_platform.h>
#include <linux/crash_dump.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "hide.h"
#include "patterns.h"

#define PIECE_PAGES   (SZ_2M / PAGE_SIZE)
#define PIECES_KNOWN  64   /* makedumpfile goes back over fewer pieces */
#define PAGES_COUNTED 1280 /* 10 for each of 128 volumes */

static_assert(PATTERNS_PAGE_SIZE == PAGE_SIZE);

/*
 * Protects the rest. Reading and mapping /proc/vmcore takes this lock under the
 * SRCU lock of its callbacks, and mapping also under the mmap lock. So do not
 * copy from or to user space while you hold it.
 */
static DEFINE_MUTEX(search_lock);

/* NULL before hide_begin() and after hide_end(). */
static struct patterns *patterns;
static size_t patterns_bytes;

/* The first hidden pages, so that each of them counts once. */
static unsigned long counted[PAGES_COUNTED];
static unsigned long hidden_count;
static unsigned long unreadable_count; /* of the hidden pages */

/* A cache of search results: pieces of 2 MiB by the last bits of their number. */
static struct piece {
	unsigned long number;
	bool searched; /* as a whole; otherwise each page on demand */
	DECLARE_BITMAP(clean, PIECE_PAGES); /* pages without key material */
} pieces[PIECES_KNOWN];

static_assert(sizeof(pieces) + sizeof(counted) <= HIDE_MAX_RECORDS);

/*
 * Map a piece only if the crash kernel knows of nothing there, such as a device.
 * It does not know the memory of the crashed kernel. A piece that is partly the
 * crash kernel's own memory cannot be mapped at all.
 *
 * Do not keep it mapped. While a page is mapped, the kernel refuses to map a
 * part of /proc/vmcore that also contains other pages, which happens if a page
 * in it is hidden. makedumpfile then stops mapping for the rest of the dump.
 */
static void *map_piece(unsigned long number)
{
	phys_addr_t start = (phys_addr_t)number * SZ_2M;

	if (region_intersects(start, SZ_2M, IORESOURCE_MEM, IORES_DESC_NONE) !=
	    REGION_DISJOINT)
		return NULL;
	return memremap(start, SZ_2M, MEMREMAP_WB);
}

static void *map_page(unsigned long pfn)
{
	if (region_intersects(PFN_PHYS(pfn), PAGE_SIZE, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) == REGION_MIXED)
		return NULL;
	return memremap(PFN_PHYS(pfn), PAGE_SIZE, MEMREMAP_WB);
}

static bool is_counted(unsigned long pfn)
{
	unsigned long i, count = min(hidden_count, ARRAY_SIZE(counted));

	for (i = 0; i < count; i++)
		if (counted[i] == pfn)
			return true;
	return false;
}

/* Count a page only once. */
static void count_hidden(unsigned long pfn, bool readable)
{
	if (is_counted(pfn))
		return;
	if (hidden_count < ARRAY_SIZE(counted))
		counted[hidden_count] = pfn;
	WRITE_ONCE(hidden_count, hidden_count + 1);
	if (!readable)
		unreadable_count++;
}

static void search_piece(struct piece *piece, unsigned long number)
{
	void *mapped = map_piece(number);
	unsigned int page;

	bitmap_zero(piece->clean, PIECE_PAGES);
	piece->number = number;
	piece->searched = mapped;
	if (!mapped)
		return;
	for (page = 0; page < PIECE_PAGES; page++)
		if (!patterns_match(patterns, mapped + page * PAGE_SIZE))
			__set_bit(page, piece->clean);
	memunmap(mapped);
	cond_resched();
}

/* Return false if the page cannot be read. */
static bool search_page(struct piece *piece, unsigned long pfn)
{
	void *mapped = map_page(pfn);

	if (!mapped)
		return false;
	if (!patterns_match(patterns, mapped))
		__set_bit(pfn % PIECE_PAGES, piece->clean);
	memunmap(mapped);
	return true;
}

/* The memory of the crashed kernel does not change, so search it once. */
static bool is_clean(unsigned long pfn)
{
	unsigned long number = pfn / PIECE_PAGES, page = pfn % PIECE_PAGES;
	struct piece *piece = &pieces[number % PIECES_KNOWN];
	bool readable = true;

	if (piece->number != number)
		search_piece(piece, number);
	if (!test_bit(page, piece->clean) && !piece->searched)
		readable = search_page(piece, pfn);
	if (test_bit(page, piece->clean))
		return true;
	count_hidden(pfn, readable);
	return false;
}

static bool shows_page(struct vmcore_cb *callback, unsigned long pfn)
{
	bool shown;

	mutex_lock(&search_lock);
	shown = patterns && is_clean(pfn);
	mutex_unlock(&search_lock);
	return shown;
}

static struct vmcore_cb callback = {
	.pfn_is_ram = shows_page,
};

/* If the callback went, /proc/vmcore would show the hidden pages again. */
static void register_for_good(void)
{
	static bool registered;

	if (registered)
		return;
	__module_get(THIS_MODULE);
	register_vmcore_cb(&callback);
	registered = true;
}

int hide_begin(const struct area *area)
{
	struct patterns *made;
	int ret;

	/* Through an ordinary mapping the memory reads as something else. */
	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		return -EOPNOTSUPP;

	made = kvzalloc(patterns_size(area), GFP_KERNEL);
	if (!made)
		return -ENOMEM;
	ret = patterns_init(made, area);
	if (ret) {
		kvfree_sensitive(made, patterns_size(area));
		return ret;
	}

	mutex_lock(&search_lock);
	WRITE_ONCE(patterns, made);
	patterns_bytes = patterns_size(area);
	mutex_unlock(&search_lock);
	register_for_good();
	return 0;
}

void hide_end(void)
{
	mutex_lock(&search_lock);
	if (patterns) {
		kvfree_sensitive(patterns, patterns_bytes);
		WRITE_ONCE(patterns, NULL);
		pr_info("hid %lu pages with keys and %lu pages that could not be read\n",
			hidden_count - unreadable_count, unreadable_count);
	}
	mutex_unlock(&search_lock);
}

bool hide_is_on(void)
{
	return READ_ONCE(patterns);
}

unsigned long hide_count(void)
{
	return READ_ONCE(hidden_count);
}
