// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/huge_pages.h"
#include "capture/vmcoreinfo.h"
#include "lib/elf_headers.h"
#include "lib/xalloc.h"

#define PAGE_SHIFT    12
#define HUGE_PAGE     (2ULL << 20)
#define KERNEL_MAP    0xffffffff80000000 /* x86: where the kernel's code is */
#define ENTRY_PRESENT 1ULL
#define ENTRY_LARGE   (1ULL << 7)
#define ENTRY_ADDRESS 0x000ffffffffff000
#define ENTRY_BITS    9
#define TYPE_BITS     0xff000000

struct memory {
	int fd;
	Elf64_Phdr *segments;
	size_t segment_count;
	uint64_t top_table; /* physical */
	unsigned int levels;
	/* The part of the virtual memory that was translated last. */
	uint64_t start, size, physical;
};

/* What the note says about page descriptors. */
struct layout {
	uint64_t size;	/* of a descriptor */
	uint64_t type;	/* offset of the type in it */
	uint64_t huge;	/* the type of a huge page */
	uint64_t first; /* virtual address of that of page 0 */
};

static bool read_physical(const struct memory *memory, uint64_t address,
			  void *data, size_t size)
{
	size_t i;

	for (i = 0; i < memory->segment_count; i++) {
		const Elf64_Phdr *segment = &memory->segments[i];
		uint64_t at = address - segment->p_paddr;

		if (address >= segment->p_paddr && at < segment->p_filesz &&
		    size <= segment->p_filesz - at)
			return pread(memory->fd, data, size,
				     segment->p_offset + at) == (ssize_t)size;
	}
	return false;
}

/* Walk the page tables down to the part that contains @address. */
static bool translate(struct memory *memory, uint64_t address)
{
	unsigned int shift = PAGE_SHIFT + ENTRY_BITS * memory->levels;
	uint64_t table = memory->top_table, entry;

	if (address - memory->start < memory->size)
		return true;
	do {
		uint64_t index;

		shift -= ENTRY_BITS;
		index = address >> shift & ((1 << ENTRY_BITS) - 1);
		if (!read_physical(memory, table + index * sizeof(entry),
				   &entry, sizeof(entry)) ||
		    !(entry & ENTRY_PRESENT))
			return false;
		table = entry & ENTRY_ADDRESS;
	} while (shift > PAGE_SHIFT && !(entry & ENTRY_LARGE));
	memory->size = 1ULL << shift;
	memory->start = address & ~(memory->size - 1);
	memory->physical = table & ~(memory->size - 1);
	return true;
}

static bool read_virtual(struct memory *memory, uint64_t address, void *data,
			 size_t size)
{
	return translate(memory, address) &&
	       read_physical(memory, memory->physical + address - memory->start,
			     data, size);
}

/* Return true if none of the segment's pages is a huge page. */
static bool search_segment(struct memory *memory, const Elf64_Phdr *segment,
			   const struct layout *layout)
{
	uint64_t end = segment->p_paddr + segment->p_memsz;
	uint64_t at = (segment->p_paddr + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);

	for (; at < end; at += HUGE_PAGE) {
		uint64_t descriptor =
			layout->first + (at >> PAGE_SHIFT) * layout->size;
		uint32_t type = 0;

		if (!read_virtual(memory, descriptor + layout->type, &type,
				  sizeof(type)) ||
		    ((type ^ layout->huge) & TYPE_BITS) == 0)
			return false;
	}
	return true;
}

static void read_segments(struct memory *memory)
{
	unsigned int index = 0;
	Elf64_Phdr segment;

	while (elf_headers_next(memory->fd, PT_LOAD, &index, &segment)) {
		size_t count = memory->segment_count + 1;

		memory->segments =
			xrealloc(memory->segments, count * sizeof(segment));
		memory->segments[memory->segment_count++] = segment;
	}
}

static bool find_page_tables(struct memory *memory, const char *note)
{
	uint64_t table, base, five = 0, encrypted = 0;

	if (!vmcoreinfo_number(note, "SYMBOL(init_top_pgt)=", &table) ||
	    !vmcoreinfo_number(note, "NUMBER(phys_base)=", &base))
		return false;
	vmcoreinfo_number(note, "NUMBER(pgtable_l5_enabled)=", &five);
	vmcoreinfo_number(note, "NUMBER(sme_mask)=", &encrypted);
	memory->top_table = table - KERNEL_MAP + base;
	memory->levels = five ? 5 : 4;
	return !encrypted;
}

static bool search(struct memory *memory, const char *note)
{
	struct layout layout;
	size_t i;

	read_segments(memory);
	if (!vmcoreinfo_number(note, "SIZE(page)=", &layout.size) ||
	    !vmcoreinfo_number(note, "OFFSET(page._mapcount)=", &layout.type) ||
	    !vmcoreinfo_number(note, "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=",
			       &layout.huge) ||
	    !vmcoreinfo_number(note, "SYMBOL(vmemmap)=", &layout.first) ||
	    !find_page_tables(memory, note))
		return false;
	for (i = 0; i < memory->segment_count; i++)
		if (!search_segment(memory, &memory->segments[i], &layout))
			return false;
	return true;
}

bool huge_pages_none(const char *vmcore, const char *note)
{
	struct memory memory = { .fd = open(vmcore, O_RDONLY | O_CLOEXEC) };
	bool none;

	if (memory.fd < 0)
		return false;
	none = search(&memory, note);
	free(memory.segments);
	close(memory.fd);
	return none;
}
