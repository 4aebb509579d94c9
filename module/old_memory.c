// SPDX-License-Identifier: GPL-2.0
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "arch.h"
#include "old_memory.h"
#include "vmcore.h"

/*
 * The memory of the crashed kernel that /proc/vmcore lists, in parts. Mapping a
 * part does not touch it, and takes little memory, as large pages map all but
 * its ends. A part that cannot be mapped as a whole is mapped page by page.
 *
 * The parts stay mapped. If some pages of a part of /proc/vmcore were mapped and
 * others were not, the kernel would refuse to map it for a reader if it also
 * contains a hidden page.
 */
static struct part {
	unsigned long start, end; /* page numbers */
	void *mapped;		  /* NULL: page by page */
} *parts;
static unsigned int part_count;
static unsigned int last_part; /* that had the page that was asked for */

/* The page that old_memory_get() has mapped for its caller. NULL: none. */
static void *single;

/* Return where to end a part, so that large pages can map most of the rest. */
static unsigned long part_end(unsigned long start, unsigned long end)
{
	const unsigned long large = PMD_SIZE / PAGE_SIZE;
	const unsigned long huge = PUD_SIZE / PAGE_SIZE;

	if (IS_ALIGNED(start, huge) && end - start >= huge)
		return round_down(end, huge);
	if (IS_ALIGNED(start, large) && end - start >= large)
		return min(round_down(end, large), round_up(start + 1, huge));
	return min(end, round_up(start + 1, large));
}

/* memremap() warns about memory that is partly the crash kernel's own. */
static void *map_pages(unsigned long start, unsigned long end)
{
	size_t size = PFN_PHYS(end - start);

	if (region_intersects(PFN_PHYS(start), size, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) == REGION_MIXED)
		return NULL;
	return memremap(PFN_PHYS(start), size, MEMREMAP_WB);
}

void old_memory_unmap(void)
{
	unsigned int i;

	for (i = 0; i < part_count; i++)
		if (parts[i].mapped)
			memunmap(parts[i].mapped);
	kfree(parts);
	parts = NULL;
	part_count = 0;
	last_part = 0;
}

static int add_segment(const Elf64_Phdr *segment, void *context)
{
	unsigned long start = PFN_DOWN(segment->p_paddr);
	unsigned long end = PFN_UP(segment->p_paddr + segment->p_memsz);

	while (start < end) {
		unsigned long next = part_end(start, end);
		struct part *more = krealloc_array(parts, part_count + 1,
						   sizeof(*parts), GFP_KERNEL);

		if (!more)
			return -ENOMEM;
		parts = more;
		parts[part_count++] = (struct part) {
			.start = start,
			.end = next,
			.mapped = map_pages(start, next),
		};
		start = next;
	}
	return 0;
}

bool old_memory_is_mapped(void)
{
	unsigned int i;

	for (i = 0; i < part_count; i++)
		if (!parts[i].mapped)
			return false;
	return true;
}

static const struct part *find_part(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < part_count; i++) {
		const struct part *part = &parts[last_part];

		if (pfn >= part->start && pfn < part->end)
			return part;
		last_part = (last_part + 1) % part_count;
	}
	return NULL;
}

unsigned long old_memory_end(void)
{
	unsigned long end = 0;
	unsigned int i;

	for (i = 0; i < part_count; i++)
		end = max(end, parts[i].end);
	return end;
}

int old_memory_map(void)
{
	int ret;

	if (parts)
		return 0;
	ret = vmcore_for_each_segment(add_segment, NULL);
	if (ret)
		old_memory_unmap();
	return ret;
}

const void *old_memory_get(unsigned long pfn)
{
	const struct part *part = find_part(pfn);

	if (!part && !ARCH_MOVES_MEMORY)
		return NULL;
	if (part && part->mapped)
		return part->mapped + PFN_PHYS(pfn - part->start);
	single = map_pages(pfn, pfn + 1);
	return single;
}

void old_memory_put(void)
{
	if (single)
		memunmap(single);
	single = NULL;
}

bool old_memory_read(void *to, phys_addr_t from, size_t size)
{
	const void *page = old_memory_get(PHYS_PFN(from));
	bool is_read =
		page && offset_in_page(from) + size <= PAGE_SIZE &&
		!copy_mc_to_kernel(to, page + offset_in_page(from), size);

	old_memory_put();
	return is_read;
}
