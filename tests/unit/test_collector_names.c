// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A small memory image: the note, page tables of four levels, and page
 * descriptors for 6 MiB of memory in three huge pages.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/collector_names.h"
#include "lib/textfile.h"
#include "tests/unit/scratch.h"

#define PAGE	  4096
#define BASE	  0x100000ULL /* physical address of the first page of the image */
#define PRESENT	  3ULL
#define LARGE	  0x80ULL
#define DIRTY_BIT (1ULL << 51) /* of arm64 */
#define VMEMMAP	  0xffffea0000000000ULL
#define PHYS_BASE 0x200000LL
#define HUGE_PAGE 0x200000ULL
#define COLLECTOR "makedumpfile -l -d 31"
#define LARGE_MAP (2 * HUGE_PAGE) /* physical: what the descriptors lie in */

/* Pages of the image, in physical order from BASE on. */
enum {
	TOP,
	UPPER,
	MIDDLE,
	PAGES,
};

/* The descriptors are at LARGE_MAP; each segment has a part of the file. */
static struct {
	Elf64_Ehdr header;
	Elf64_Phdr segments[3];
	char note[2048];
	uint64_t pages[PAGES][PAGE / 8];
	uint8_t descriptors[3 * 512 * 64];
} image;

static uint64_t page_at(unsigned int number)
{
	return BASE + number * PAGE;
}

static void set_entry(unsigned int table, uint64_t address, unsigned int shift,
		      uint64_t entry)
{
	image.pages[table][address >> shift & 511] = entry | PRESENT;
}

/* A block of arm64 has no bit for a table. */
static void set_block(unsigned int table, uint64_t address, unsigned int shift,
		      uint64_t block)
{
	image.pages[table][address >> shift & 511] = block | 1 | DIRTY_BIT;
}

static void set_type(unsigned int huge_page, uint32_t type)
{
	memcpy(&image.descriptors[huge_page * 512 * 64 + 48], &type,
	       sizeof(type));
}

static const char note_format[] =
	"OSRELEASE=6.12.1-amd64\nPAGESIZE=4096\n"
	"SYMBOL(init_top_pgt)=%llx\nSYMBOL(vmemmap)=%llx\n"
	"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page._refcount)=52\n"
	"OFFSET(page.mapping)=24\nOFFSET(page._mapcount)=48\n"
	"OFFSET(page.%s)=8\nNUMBER(phys_base)=%lld\n"
	"NUMBER(pgtable_l5_enabled)=0\nNUMBER(sme_mask)=0\n"
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n"
	"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=%d\n";

static void set_note(const char *compound, int slab)
{
	unsigned long long top =
		page_at(TOP) + 0xffffffff80000000ULL - PHYS_BASE;
	char *text = format(note_format, top, VMEMMAP, compound,
			    (long long)PHYS_BASE, slab);
	Elf64_Nhdr note = { .n_namesz = sizeof("VMCOREINFO"),
			    .n_descsz = strlen(text) };

	memset(image.note, 0, sizeof(image.note));
	memcpy(image.note, &note, sizeof(note));
	memcpy(image.note + sizeof(note), "VMCOREINFO", note.n_namesz);
	memcpy(image.note + sizeof(note) + 12, text, strlen(text));
	free(text);
}

static void add_to_note(const char *more)
{
	Elf64_Nhdr *note = (Elf64_Nhdr *)image.note;

	memcpy(image.note + sizeof(*note) + 12 + note->n_descsz, more,
	       strlen(more));
	note->n_descsz += strlen(more);
}

static Elf64_Phdr load(uint64_t address, const void *content, size_t size,
		       size_t memory)
{
	return (Elf64_Phdr) {
		.p_type = PT_LOAD,
		.p_offset = (const char *)content - (const char *)&image,
		.p_paddr = address,
		.p_filesz = size,
		.p_memsz = memory,
	};
}

static int make_image(void **state)
{
	memset(&image, 0, sizeof(image));
	memcpy(image.header.e_ident, ELFMAG, SELFMAG);
	image.header.e_ident[EI_CLASS] = ELFCLASS64;
	image.header.e_phoff = sizeof(image.header);
	image.header.e_phnum = 3;
	image.segments[0] = (Elf64_Phdr) {
		.p_type = PT_NOTE,
		.p_offset = (char *)image.note - (char *)&image,
		.p_filesz = sizeof(image.note),
	};
	image.segments[1] =
		load(BASE, image.pages, sizeof(image.pages), HUGE_PAGE);
	image.segments[2] = load(LARGE_MAP, image.descriptors,
				 sizeof(image.descriptors), HUGE_PAGE);
	set_note("compound_head", -184549376);

	set_entry(TOP, VMEMMAP, 39, page_at(UPPER));
	set_entry(UPPER, VMEMMAP, 30, page_at(MIDDLE));
	set_entry(MIDDLE, VMEMMAP, 21, LARGE_MAP | LARGE);
	set_type(0, 0xf0000000);
	set_type(1, 0xffffffff);
	set_type(2, 0xf5000000);
	return scratch_make(state);
}

static bool writes(const char *version, const char *collector)
{
	unlink("names");
	make_file("vmcore", &image, sizeof(image));
	return collector_names_write("names", "vmcore", version, collector);
}

static void assert_names(const char *expected)
{
	char *text = textfile_read("names", NULL);

	assert_string_equal(text, expected);
	free(text);
}

#define TYPES                                                                \
	"OFFSET(page._mapcount)=51\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=240\n" \
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=497\n"                          \
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=4026531840\n"                   \
	"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=4026531840\n"                      \
	"OFFSET(page.mapping)=8"
#define FIRST "OSRELEASE=6.12.1-amd64\nPAGESIZE=4096\n"

static void test_page_types(void **state)
{
	assert_true(writes("1.7.6", COLLECTOR));
	assert_names(FIRST TYPES);
	assert_false(writes("1.7.8", COLLECTOR));
	assert_false(writes(NULL, COLLECTOR));
	assert_false(writes("1.7.6", "makedumpfile -d 23"));
	assert_false(is_there("names"));
	assert_false(
		collector_names_write("names", "missing", "1.7.6", COLLECTOR));
	assert_false(collector_names_write("no/names", "vmcore", "1.7.6",
					   COLLECTOR));
	/* Another kernel. */
	set_note("compound_head", -184549375);
	assert_false(writes("1.7.6", COLLECTOR));
	set_note("compound", -184549376);
	assert_false(writes("1.7.6", COLLECTOR));
}

static void test_old_names(void **state)
{
	set_note("compound_info", -184549376);
	assert_true(writes("1.7.6", COLLECTOR));
	assert_names(FIRST "OFFSET(page.compound_head)=8\n" TYPES);
	assert_true(writes("1.7.8", COLLECTOR));
	assert_names(FIRST "OFFSET(page.compound_head)=8");
	assert_true(writes("1.7.6", "makedumpfile -d 23"));
	assert_names(FIRST "OFFSET(page.compound_head)=8");
}

static void test_huge_pages(void **state)
{
	/* The image has no memory for the first one. */
	set_type(0, 0xf4000000);
	assert_true(writes("1.7.6", COLLECTOR));
	set_type(2, 0xf4000000);
	assert_false(writes("1.7.6", COLLECTOR));
}

/* What cannot be read may hide one. */
static void test_unreadable(void **state)
{
	unsigned int page;

	image.segments[2].p_filesz = 64;
	assert_false(writes("1.7.6", COLLECTOR));
	image.segments[2].p_filesz = sizeof(image.descriptors);
	assert_true(writes("1.7.6", COLLECTOR));
	for (page = 0; page < PAGES; page++) {
		uint64_t content[PAGE / 8];

		memcpy(content, image.pages[page], PAGE);
		memset(image.pages[page], 0, PAGE);
		assert_false(writes("1.7.6", COLLECTOR));
		memset(image.pages[page], 0xff, PAGE);
		writes("1.7.6", COLLECTOR);
		memcpy(image.pages[page], content, PAGE);
	}
	image.header.e_phnum = 2;
	assert_false(writes("1.7.6", COLLECTOR));
}

static void test_unused_address_bits(void **state)
{
	const char *offset = "NUMBER(VA_BITS)=48\n"
			     "NUMBER(PHYS_OFFSET)=0xffff96dd00000000";
	char *expected = format(FIRST "%s", offset);

	add_to_note("NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0x10\n"
		    "NUMBER(PHYS_OFFSET)=0xfff096dd00000000\n");
	assert_true(writes("1.7.8", COLLECTOR));
	assert_names(expected);
	unlink("names");
	assert_true(collector_names_write_for_log("names", "vmcore"));
	assert_names(expected);
	free(expected);
}

static void test_unused_address_bits_of_middle_pages(void **state)
{
	const char *middle = "OSRELEASE=6.12.1-amd64\nPAGESIZE=16384\n";
	char *size = strstr(image.note + 24, "PAGESIZE=4096\n");

	/* The note has the first of two. */
	memcpy(size, "PAGESIZE_OLD=", 13);
	add_to_note("PAGESIZE=16384\n"
		    "NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0x11\n"
		    "NUMBER(PHYS_OFFSET)=0xfff0800040000000\n");
	assert_true(writes("1.7.8", COLLECTOR));
	size = format("%sNUMBER(VA_BITS)=47\n"
		      "NUMBER(PHYS_OFFSET)=0x40000000",
		      middle);
	assert_names(size);
	free(size);
}

/* The processor has 52 bits. */
static void test_used_address_bits(void **state)
{
	add_to_note("NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0xc\n"
		    "NUMBER(PHYS_OFFSET)=0x40000000\n");
	assert_false(writes("1.7.8", COLLECTOR));
	assert_false(collector_names_write_for_log("names", "vmcore"));
}

/* The same image with arm64's page tables and note. */
static void set_arm64(unsigned long long vmemmap)
{
	char *text = format("PAGESIZE=4096\nSYMBOL(swapper_pg_dir)=%llx\n"
			    "NUMBER(kimage_voffset)=0xffff800000000000\n"
			    "NUMBER(TCR_EL1_T1SZ)=0x10\n"
			    "NUMBER(VMEMMAP_START)=0x%llx\n"
			    "NUMBER(PHYS_OFFSET)=0xffffffffc0000000\n",
			    0xffff800000000000ULL + page_at(TOP), vmemmap);
	char *x86 = strstr(image.note + 24, "SYMBOL(init_top_pgt)");

	memcpy(x86, "SYMBOL(none)=ffff00", 19);
	add_to_note(text);
	free(text);
	set_block(MIDDLE, VMEMMAP, 21, LARGE_MAP);
}

static void test_arm64(void **state)
{
	/* The linear map begins 1 GiB before physical address 0. */
	set_arm64(VMEMMAP - (1ULL << 30) / PAGE * 64);
	assert_true(writes("1.7.6", COLLECTOR));
	assert_names(FIRST TYPES);
	/* A page of 64 KiB, in memory that the image does not have. */
	memcpy(&image.descriptors[16 * 64 + 48], "\0\0\0\xf4", 4);
	assert_true(writes("1.7.6", COLLECTOR));
	memcpy(&image.descriptors[(2 * 512 + 16) * 64 + 48], "\0\0\0\xf4", 4);
	assert_false(writes("1.7.6", COLLECTOR));
}

static void test_names_for_log(void **state)
{
	assert_true(writes("1.7.6", COLLECTOR));
	assert_false(collector_names_write_for_log("names", "vmcore"));
	assert_false(collector_names_write_for_log("names", "missing"));
}

#define image_test(test) \
	cmocka_unit_test_setup_teardown(test, make_image, scratch_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		image_test(test_page_types),
		image_test(test_old_names),
		image_test(test_huge_pages),
		image_test(test_unreadable),
		image_test(test_unused_address_bits),
		image_test(test_unused_address_bits_of_middle_pages),
		image_test(test_used_address_bits),
		image_test(test_names_for_log),
		image_test(test_arm64),
	};

	return cmocka_run_group_tests_name("collector_names", tests, NULL,
					   NULL);
}
