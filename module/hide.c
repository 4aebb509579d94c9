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
#include <linux/sizes.h>

#include "hide.h"
#include "patterns.h"

#define PIECE_PAGES	(SZ_2M / PAGE_SIZE)
#define PIECES_KNOWN	64	/* what makedumpfile goes back to, and more */
#define PAGES_COUNTED	1280	/* of 128 volumes each has one, or a few */
#define WINDOW_PAGES	(SZ_4M / PAGE_SIZE)	/* what makedumpfile maps at once */

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
static unsigned long unreadable_count;	/* of them could not be looked at */

/* The part of the crashed kernel's memory that is mapped now. */
static struct {
	void *address;		/* NULL: none */
	phys_addr_t start;
	size_t size;
} mapped;

/* The page that was hidden last; the first one until there is one. */
static unsigned long last_hidden;

/* Pages without key material of those pieces that were looked at last. */
static struct {
	unsigned long piece;
	DECLARE_BITMAP(clean, PIECE_PAGES);
} known[PIECES_KNOWN];

static_assert(sizeof(known) + sizeof(counted) <= HIDE_MAX_BOOKS);

static void unmap(void)
{
	if (mapped.address)
		memunmap(mapped.address);
	mapped.address = NULL;
}

/*
 * A large piece is mapped only where the crash kernel knows of nothing else
 * there, such as a device: the crashed kernel's memory is nothing to it.
 * Memory that is the crash kernel's own in part cannot be mapped at all.
 */
static bool can_map(phys_addr_t start, size_t size)
{
	if (size > PAGE_SIZE)
		return region_intersects(start, size, IORESOURCE_MEM,
					 IORES_DESC_NONE) == REGION_DISJOINT;
	return region_intersects(start, size, IORESOURCE_SYSTEM_RAM,
				 IORES_DESC_NONE) != REGION_MIXED;
}

static bool map(phys_addr_t start, size_t size)
{
	unmap();
	if (!can_map(start, size))
		return false;
	mapped.address = memremap(start, size, MEMREMAP_WB);
	mapped.start = start;
	mapped.size = size;
	return mapped.address;
}

/*
 * A window of /proc/vmcore with a hidden page in it is mapped in parts, and the
 * kernel refuses to map a part only some of whose pages are mapped by somebody
 * else; makedumpfile then gives up mapping for all of the dump. So nothing
 * stays mapped in the rest of such a window.
 */
static bool must_not_stay_mapped(unsigned long pfn)
{
	return pfn - last_hidden < WINDOW_PAGES;
}

/* Valid until the next call; NULL where it cannot be mapped. */
static const void *map_page(unsigned long pfn)
{
	phys_addr_t page = PFN_PHYS(pfn);

	if (must_not_stay_mapped(pfn))
		return map(page, PAGE_SIZE) ? mapped.address : NULL;
	if ((!mapped.address || page < mapped.start ||
	     page - mapped.start >= mapped.size) &&
	    !map(round_down(page, SZ_2M), SZ_2M) && !map(page, PAGE_SIZE))
		return NULL;
	return mapped.address + (page - mapped.start);
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

static bool look_at(unsigned long pfn)
{
	const void *page = map_page(pfn);
	bool clean = page && !patterns_match(patterns, page);

	if (!clean) {
		count_hidden(pfn, page);
		last_hidden = pfn;
	}
	if (must_not_stay_mapped(pfn))
		unmap();
	return clean;
}

/* The crashed kernel does not change any more: one look is enough. */
static bool is_clean(unsigned long pfn)
{
	unsigned long piece = pfn / PIECE_PAGES, page = pfn % PIECE_PAGES;
	unsigned int slot = piece % PIECES_KNOWN;

	if (known[slot].piece != piece) {
		bitmap_zero(known[slot].clean, PIECE_PAGES);
		known[slot].piece = piece;
	}
	if (!test_bit(page, known[slot].clean) && look_at(pfn))
		__set_bit(page, known[slot].clean);
	return test_bit(page, known[slot].clean);
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
		unmap();
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
