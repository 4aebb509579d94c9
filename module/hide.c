// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/array_size.h>
#include <linux/bitmap.h>
#include <linux/cc_platform.h>
#include <linux/crash_dump.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "arch.h"
#include "free_pages.h"
#include "hide.h"
#include "lazy_vmcore.h"
#include "old_memory.h"
#include "patterns.h"

#define PIECE_PAGES   (SZ_2M / PAGE_SIZE)
#define PIECES_KNOWN  32   /* makedumpfile goes back over fewer pieces */
#define PAGES_COUNTED 1280 /* 10 for each of 128 volumes */

static_assert(PAGE_SIZE % PATTERNS_PAGE_SIZE == 0);

/*
 * Protects the rest. Reading and mapping /proc/vmcore takes this lock under the
 * SRCU lock of its callbacks, and mapping also under the mmap lock. So do not
 * copy from or to user space while you hold it.
 */
static DEFINE_MUTEX(search_lock);

/* NULL before hide_begin() and after hide_end(). */
static struct patterns *patterns;
static bool has_begun; /* hide_begin() has succeeded */
static bool leaves_out_free;
static size_t patterns_bytes;

/* The first hidden pages, so that each of them counts once. */
static unsigned long counted[PAGES_COUNTED];
static unsigned long counted_count;
static unsigned long hidden_count; /* with keys */
static unsigned long unreadable_count;

/* A cache of search results: pieces of 2 MiB by the last bits of their number. */
static struct piece {
	unsigned long number;
	DECLARE_BITMAP(searched, PIECE_PAGES);
	DECLARE_BITMAP(clean, PIECE_PAGES); /* pages without key material */
} pieces[PIECES_KNOWN];

static_assert(sizeof(pieces) + sizeof(counted) <= HIDE_MAX_RECORDS);

enum content {
	CLEAN,
	HAS_KEY,
	UNREADABLE
};

static bool is_counted(unsigned long pfn)
{
	unsigned long i, count = min(counted_count, ARRAY_SIZE(counted));

	for (i = 0; i < count; i++)
		if (counted[i] == pfn)
			return true;
	return false;
}

/* Count a page only once. */
static void count_page(unsigned long pfn, enum content content)
{
	if (is_counted(pfn))
		return;
	if (counted_count < ARRAY_SIZE(counted))
		counted[counted_count++] = pfn;
	if (content == HAS_KEY)
		WRITE_ONCE(hidden_count, hidden_count + 1);
	else
		WRITE_ONCE(unreadable_count, unreadable_count + 1);
}

static enum content search(const void *page)
{
	const void *end = page + PAGE_SIZE;

	if (!arch_can_read(page))
		return UNREADABLE;
	for (; page < end; page += PATTERNS_PAGE_SIZE)
		if (patterns_match(patterns, page))
			return HAS_KEY;
	return CLEAN;
}

static enum content search_page(unsigned long pfn)
{
	const void *page = old_memory_get(pfn);
	enum content content = page ? search(page) : UNREADABLE;

	old_memory_put();
	return content;
}

/*
 * Search only the page that is asked for, as reading others may do harm: memory
 * with errors, and what a balloon or the firmware has taken. The memory of the
 * crashed kernel does not change, so search a page once.
 */
static bool is_clean(unsigned long pfn)
{
	unsigned long number = pfn / PIECE_PAGES, page = pfn % PIECE_PAGES;
	struct piece *piece = &pieces[number % PIECES_KNOWN];

	if (piece->number != number) {
		bitmap_zero(piece->searched, PIECE_PAGES);
		bitmap_zero(piece->clean, PIECE_PAGES);
		piece->number = number;
		cond_resched();
	}
	if (!test_bit(page, piece->searched)) {
		enum content content = search_page(pfn);

		__set_bit(page, piece->searched);
		if (content == CLEAN)
			__set_bit(page, piece->clean);
		else
			count_page(pfn, content);
	}
	return test_bit(page, piece->clean);
}

bool hide_shows_page(unsigned long pfn)
{
	bool shown;

	mutex_lock(&search_lock);
	shown = (!has_begun || patterns) &&
		!(leaves_out_free && free_pages_has(pfn)) &&
		(!patterns || is_clean(pfn));
	mutex_unlock(&search_lock);
	return shown;
}

static bool shows_page(struct vmcore_cb *callback, unsigned long pfn)
{
	return hide_shows_page(pfn);
}

static struct vmcore_cb callback = {
	.pfn_is_ram = shows_page,
};

void hide_register(void)
{
	static bool registered;

	if (registered)
		return;
	/* If the callback went, /proc/vmcore would show the hidden pages again. */
	__module_get(THIS_MODULE);
	lazy_vmcore_register();
	register_vmcore_cb(&callback);
	registered = true;
}

/* It only saves time, and reading memory that nobody wants. */
static void create_lazy_vmcore(void)
{
	int ret = old_memory_is_mapped() ? lazy_vmcore_create() : -EOPNOTSUPP;

	if (ret)
		pr_info("pages of /proc/vmcore are searched when they are mapped: error %d\n",
			ret);
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
	if (!ret) {
		/* This must come before anything opens /proc/vmcore. */
		hide_register();
		ret = old_memory_map();
	}
	if (ret) {
		kvfree_sensitive(made, patterns_size(area));
		return ret;
	}

	mutex_lock(&search_lock);
	WRITE_ONCE(patterns, made);
	patterns_bytes = patterns_size(area);
	has_begun = true;
	mutex_unlock(&search_lock);
	create_lazy_vmcore();
	return 0;
}

int hide_free_pages(void)
{
	int ret;

	if (leaves_out_free)
		return 0;
	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		return -EOPNOTSUPP;
	if (has_begun && !patterns)
		return -ENODEV;
	hide_register();
	ret = free_pages_find();
	if (ret)
		return ret;
	mutex_lock(&search_lock);
	WRITE_ONCE(leaves_out_free, true);
	mutex_unlock(&search_lock);
	create_lazy_vmcore();
	return 0;
}

bool hide_leaves_out_free_pages(void)
{
	return READ_ONCE(leaves_out_free);
}

void hide_end(void)
{
	mutex_lock(&search_lock);
	if (patterns) {
		kvfree_sensitive(patterns, patterns_bytes);
		WRITE_ONCE(patterns, NULL);
		old_memory_unmap();
		pr_info("hid %lu pages with keys and %lu pages that could not be read\n",
			hidden_count, unreadable_count);
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

unsigned long hide_unreadable_count(void)
{
	return READ_ONCE(unreadable_count);
}
