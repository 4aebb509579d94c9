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
#define ARM64_HUGE    (64ULL << 10)	 /* the smallest, of contiguous pages */
#define KERNEL_MAP    0xffffffff80000000 /* x86: where the kernel's code is */
#define ENTRY_PRESENT 1ULL
#define ENTRY_LARGE   (1ULL << 7) /* x86 */
#define ENTRY_TABLE   (1ULL << 1) /* arm64: not a large page */
#define ENTRY_ADDRESS 0x000ffffffffff000
#define ARM64_ADDRESS 0x0000fffffffff000
#define ARM64_BITS    48 /* of addresses with four levels of page tables */
#define ENTRY_BITS    9
#define TYPE_BITS     0xff000000

struct memory {
	int fd;
	Elf64_Phdr *segments;
	size_t segment_count;
	uint64_t top_table; /* physical */
	unsigned int levels;
	bool arm64; /* its page tables */
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

static bool is_large(const struct memory *memory, uint64_t entry)
{
	return memory->arm64 ? !(entry & ENTRY_TABLE) : entry & ENTRY_LARGE;
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
		table = entry & (memory->arm64 ? ARM64_ADDRESS : ENTRY_ADDRESS);
	} while (shift > PAGE_SHIFT && !is_large(memory, entry));
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
	uint64_t step = memory->arm64 ? ARM64_HUGE : HUGE_PAGE;
	uint64_t end = segment->p_paddr + segment->p_memsz;
	uint64_t at = (segment->p_paddr + step - 1) & ~(step - 1);

	for (; at < end; at += step) {
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

/* Addresses have 48 bits, or the kernel is made for more than it uses. */
static bool find_arm64_page_tables(struct memory *memory, const char *note)
{
	uint64_t page_size, table, offset, unused;

	if (!vmcoreinfo_number(note, "PAGESIZE=", &page_size) ||
	    page_size != 1 << PAGE_SHIFT ||
	    !vmcoreinfo_number(note, "SYMBOL(swapper_pg_dir)=", &table) ||
	    !vmcoreinfo_number(note, "NUMBER(kimage_voffset)=", &offset) ||
	    !vmcoreinfo_number(note, "NUMBER(TCR_EL1_T1SZ)=", &unused) ||
	    64 - unused != ARM64_BITS)
		return false;
	memory->arm64 = true;
	memory->top_table = table - offset;
	memory->levels = 4;
	return true;
}

/* arm64 counts descriptors from the start of the linear map, which may move. */
static bool find_first_descriptor(const struct memory *memory,
				  struct layout *layout, const char *note)
{
	uint64_t start, offset;

	if (!memory->arm64)
		return vmcoreinfo_number(note,
					 "SYMBOL(vmemmap)=", &layout->first);
	if (!vmcoreinfo_number(note, "NUMBER(VMEMMAP_START)=", &start) ||
	    !vmcoreinfo_number(note, "NUMBER(PHYS_OFFSET)=", &offset))
		return false;
	layout->first = start - ((int64_t)offset >> PAGE_SHIFT) * layout->size;
	return true;
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
	    (!find_page_tables(memory, note) &&
	     !find_arm64_page_tables(memory, note)) ||
	    !find_first_descriptor(memory, &layout, note))
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
