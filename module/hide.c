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
#define PIECES_KNOWN  64   /* what makedumpfile goes back to, and more */
#define PAGES_COUNTED 1280 /* of 128 volumes each has one, or a few */

static_assert(PATTERNS_PAGE_SIZE == PAGE_SIZE);

/*
 * Protects the rest. /proc/vmcore takes it under its SRCU lock and, where it is
 * being mapped, under the mmap lock: nothing is copied from or to user space
 * while it is held.
 */
static DEFINE_MUTEX(search_lock);

/* NULL: hiding has not begun, or has ended. */
static struct patterns *patterns;
static size_t patterns_bytes;

/* Pages that were hidden, so that each counts once; beyond these it may not. */
static unsigned long counted[PAGES_COUNTED];
static unsigned long hidden_count;
static unsigned long unreadable_count; /* of them could not be looked at */

/* The pieces that were looked at last. */
static struct piece {
	unsigned long number;
	bool searched; /* all of it; else page by page, when asked */
	DECLARE_BITMAP(clean, PIECE_PAGES); /* pages without key material */
} pieces[PIECES_KNOWN];

static_assert(sizeof(pieces) + sizeof(counted) <= HIDE_MAX_BOOKS);

/*
 * A piece is mapped only where the crash kernel knows of nothing else there,
 * such as a device: the crashed kernel's memory is nothing to it. Memory that
 * is the crash kernel's own in part cannot be mapped at all.
 *
 * Nothing stays mapped: while a page is, the kernel refuses to map a part of
 * /proc/vmcore that has others besides it, as it does where a page is hidden,
 * and makedumpfile then gives up mapping for all of the dump.
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

/* Only what is found for the first time counts. */
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

/* Returns whether it could be looked at. */
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

/* The crashed kernel does not change any more: one look is enough. */
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

/* Without it /proc/vmcore would show again what was hidden until then. */
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

	/* It is not what it looks like through an ordinary mapping. */
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
		pr_info("pages hidden: %lu with keys, %lu that could not be looked at\n",
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
