// SPDX-License-Identifier: GPL-2.0
#ifdef __KERNEL__
#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/string.h>
#else
#include "kernel_pages.h"
#endif

#include "free_pages.h"
#include "old_memory.h"
#include "vmcore.h"

#define DESCRIPTOR_SIZE 64 /* so that none crosses a page boundary */

/* What x86 has in its page tables, and where it maps its code. */
#define KERNEL_MAP    0xffffffff80000000ULL
#define TABLE_BITS    9
#define ENTRY_PRESENT BIT_ULL(0)
#define ENTRY_LARGE   BIT_ULL(7)
#define ENTRY_ADDRESS GENMASK_ULL(51, 12)

#define NO_TYPE	   0xffffffff
#define FLAGS_MASK GENMASK(23, 0) /* the zone and others are above */

#define STEPS 16 /* of a list, in each direction */

#define LARGE_BITS 21
#define LARGE_SIZE BIT_ULL(LARGE_BITS)

/* Of the crashed kernel, as its note says. */
static struct {
	u64 first; /* virtual address of the descriptor of page 0 */
	u64 flags, list, type, references; /* offsets in a descriptor */
	u64 top_table;			   /* physical */
	u64 five_levels;
	unsigned long pages; /* that have a descriptor, at most */
} layout;

/* A cache: where the large pages with descriptors are. 0 is not their address. */
static struct {
	u64 address, physical;
} large[64];

/* Of the blocks on the lists of processors, but for single pages. */
static const unsigned int orders[] = { 1, 2, 3, 9 };

/* A cache: a free block as far as it is known. */
static struct {
	unsigned long first, end;
} block;

/* The fields of a page descriptor. */
struct descriptor {
	unsigned long flags;
	u64 links[2];
	u32 type, references;
};

enum direction {
	NEXT,
	PREVIOUS
};

static bool find_number(u64 *number, const char *note, const char *name,
			const char *format)
{
	const char *found = strstr(note, name);

	return found && sscanf(found + strlen(name), format, number) == 1;
}

static bool find_offset(u64 *offset, const char *note, const char *name,
			size_t size)
{
	return find_number(offset, note, name, "%llu") &&
	       *offset <= DESCRIPTOR_SIZE - size;
}

static bool find_layout(const char *note)
{
	u64 size, base;

	layout.five_levels = 0;
	find_number(&layout.five_levels, note,
		    "\nNUMBER(pgtable_l5_enabled)=", "%llu");
	if (!find_number(&layout.top_table, note,
			 "\nSYMBOL(init_top_pgt)=", "%llx") ||
	    !find_number(&base, note, "\nNUMBER(phys_base)=", "%lld") ||
	    !find_number(&layout.first, note, "\nSYMBOL(vmemmap)=", "%llx") ||
	    !find_number(&size, note, "\nSIZE(page)=", "%llu"))
		return false;
	layout.top_table += base - KERNEL_MAP;
	return size == DESCRIPTOR_SIZE &&
	       find_offset(&layout.flags, note,
			   "\nOFFSET(page.flags)=", sizeof(unsigned long)) &&
	       find_offset(&layout.list, note,
			   "\nOFFSET(page.lru)=", 2 * sizeof(u64)) &&
	       find_offset(&layout.type, note,
			   "\nOFFSET(page._mapcount)=", sizeof(u32)) &&
	       find_offset(&layout.references, note,
			   "\nOFFSET(page._refcount)=", sizeof(u32));
}

int free_pages_find(void)
{
	char *note = vmcore_note();
	bool found;
	int ret;

	if (IS_ERR(note))
		return PTR_ERR(note);
	found = find_layout(note);
	kfree(note);
	if (!found)
		return -EOPNOTSUPP;
	ret = old_memory_map();
	layout.pages = old_memory_end();
	return ret;
}

/* Walk the page tables. Return false if nothing is mapped at @address. */
static bool walk(u64 address, u64 *physical)
{
	unsigned int shift =
		PAGE_SHIFT + TABLE_BITS * (layout.five_levels ? 5 : 4);
	u64 table = layout.top_table, entry;

	do {
		u64 index;

		shift -= TABLE_BITS;
		index = address >> shift & (BIT(TABLE_BITS) - 1);
		if (!old_memory_read(&entry, table + index * sizeof(entry),
				     sizeof(entry)) ||
		    !(entry & ENTRY_PRESENT))
			return false;
		table = entry & ENTRY_ADDRESS;
	} while (shift > PAGE_SHIFT && !(entry & ENTRY_LARGE));
	*physical = (table & ~(BIT_ULL(shift) - 1)) |
		    (address & (BIT_ULL(shift) - 1));
	if (shift == LARGE_BITS) {
		unsigned int at = address / LARGE_SIZE % ARRAY_SIZE(large);

		large[at].address = address & ~(LARGE_SIZE - 1);
		large[at].physical = table & ~(LARGE_SIZE - 1);
	}
	return true;
}

static bool translate(u64 address, u64 *physical)
{
	unsigned int at = address / LARGE_SIZE % ARRAY_SIZE(large);

	if (large[at].address != (address & ~(LARGE_SIZE - 1)))
		return walk(address, physical);
	*physical = large[at].physical + address % LARGE_SIZE;
	return true;
}

/* @address is virtual. */
static bool read_descriptor(struct descriptor *descriptor, u64 address)
{
	u8 bytes[DESCRIPTOR_SIZE];
	u64 physical;

	if (!translate(address, &physical) ||
	    !old_memory_read(bytes, physical, sizeof(bytes)))
		return false;
	memcpy(&descriptor->flags, bytes + layout.flags,
	       sizeof(descriptor->flags));
	memcpy(descriptor->links, bytes + layout.list,
	       sizeof(descriptor->links));
	memcpy(&descriptor->type, bytes + layout.type, sizeof(u32));
	memcpy(&descriptor->references, bytes + layout.references, sizeof(u32));
	return true;
}

static bool is_unused(const struct descriptor *descriptor)
{
	return descriptor->type == NO_TYPE && !descriptor->references &&
	       !(descriptor->flags & FLAGS_MASK);
}

static bool is_descriptor(u64 entry)
{
	u64 distance = entry - layout.list - layout.first;

	return distance % DESCRIPTOR_SIZE == 0 &&
	       distance / DESCRIPTOR_SIZE < layout.pages;
}

/*
 * Read the next and the previous entry of a list. Return false if the entry at
 * @address is in the descriptor of a page that is not free.
 */
static bool read_links(u64 *links, u64 address)
{
	struct descriptor page;
	u64 physical;

	if (!is_descriptor(address))
		return translate(address, &physical) &&
		       old_memory_read(links, physical, 2 * sizeof(u64));
	if (!read_descriptor(&page, address - layout.list) || !is_unused(&page))
		return false;
	links[NEXT] = page.links[NEXT];
	links[PREVIOUS] = page.links[PREVIOUS];
	return true;
}

/*
 * Follow the list of the entry @start in one direction, to its head or some entries
 * far. A descriptor may have stale links to others: each step makes it less likely
 * that all of those still have theirs. A list always has a head, and a descriptor
 * that was on none points to itself.
 */
static bool is_on_list(u64 start, const u64 *links, enum direction direction)
{
	u64 at = start, next = links[direction], found[2];
	unsigned int steps;

	for (steps = 0; steps < STEPS; steps++) {
		if (next == start || !read_links(found, next) ||
		    found[!direction] != at)
			return false;
		if (!is_descriptor(next))
			return true;
		at = next;
		next = found[direction];
	}
	return true;
}

static bool read_unused(struct descriptor *descriptor, unsigned long pfn)
{
	return read_descriptor(descriptor,
			       layout.first + (u64)pfn * DESCRIPTOR_SIZE) &&
	       is_unused(descriptor);
}

static bool is_listed(unsigned long pfn, const struct descriptor *page)
{
	u64 entry = layout.first + (u64)pfn * DESCRIPTOR_SIZE + layout.list;

	return is_on_list(entry, page->links, NEXT) &&
	       is_on_list(entry, page->links, PREVIOUS);
}

/* Collectors go through the pages of a block in their order. */
static bool is_in_block(unsigned long first, unsigned long pfn)
{
	struct descriptor page;

	if (block.first != first || block.end <= first) {
		if (!read_unused(&page, first) || !is_listed(first, &page))
			return false;
		block.first = first;
		block.end = first + 1;
	}
	while (block.end <= pfn && read_unused(&page, block.end))
		block.end++;
	return pfn < block.end;
}

/* A list has the first page of each block only. */
static bool is_in_free_block(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		unsigned long first = round_down(pfn, BIT(orders[i]));

		if (first != pfn && is_in_block(first, pfn))
			return true;
	}
	return false;
}

bool free_pages_has(unsigned long pfn)
{
	struct descriptor page;

	return read_unused(&page, pfn) &&
	       (is_listed(pfn, &page) || is_in_free_block(pfn));
}
