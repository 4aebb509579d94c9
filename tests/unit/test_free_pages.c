// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/kernel_pages.h"

#include "module/free_pages.h"
#include "module/old_memory.h"
#include "module/vmcore.h"
#include "tests/unit/scratch.h"

/* Of the crashed kernel: page tables in the first 2 MiB, descriptors behind. */
#define MEMORY	    (4UL << 20)
#define DESCRIPTORS (2UL << 20)
#define PAGES	    (MEMORY >> PAGE_SHIFT)
#define SIZE	    64 /* of a descriptor */

/* Where the crashed kernel has them mapped. */
#define VMEMMAP	   0xffffea0000000000UL
#define DIRECT_MAP 0xffff888000000000UL
#define KERNEL_MAP 0xffffffff80000000UL

#define TOP_TABLE 0x1000UL
#define HEAD	  0x10000UL /* of a list */
#define NOWHERE	  (MEMORY + 0x1000)

#define PRESENT 1UL
#define LARGE	0x80UL

/* Each test has pages of its own, as a block that was found is remembered. */
#define PAGES_OF_A_TEST 64

struct descriptor {
	u64 flags, next, previous;
	u8 other[24];
	u32 type, references;
	u8 rest[8];
};

static u8 memory[MEMORY] __attribute__((aligned(8)));
static char note[512];
static unsigned long first; /* page of the test */
static bool is_mapped;

bool old_memory_read(void *to, phys_addr_t from, size_t size)
{
	if (from > MEMORY - size)
		return false;
	memcpy(to, memory + from, size);
	return true;
}

int old_memory_map(void)
{
	is_mapped = true;
	return 0;
}

unsigned long old_memory_end(void)
{
	return is_mapped ? PAGES : 0;
}

char *vmcore_note(void)
{
	return *note ? strdup(note) : ERR_PTR(-ENOENT);
}

static struct descriptor *descriptor(unsigned long pfn)
{
	return (struct descriptor *)(memory + DESCRIPTORS + pfn * SIZE);
}

/* The address of the list entry in a descriptor. */
static u64 entry(unsigned long pfn)
{
	return VMEMMAP + pfn * SIZE + offsetof(struct descriptor, next);
}

static void set_table(unsigned long table, u64 address, unsigned int level,
		      u64 value)
{
	unsigned int index = address >> (12 + 9 * level) & 511;

	memcpy(memory + table + index * sizeof(value), &value, sizeof(value));
}

/* Map 2 MiB with two tables of its own. */
static void map(u64 address, unsigned long physical, unsigned long tables)
{
	set_table(TOP_TABLE, address, 3, tables | PRESENT);
	set_table(tables, address, 2, (tables + PAGE_SIZE) | PRESENT);
	set_table(tables + PAGE_SIZE, address, 1, physical | PRESENT | LARGE);
}

static void write_note(const char *size)
{
	snprintf(note, sizeof(note),
		 "OSRELEASE=6.12.0\nSYMBOL(init_top_pgt)=%lx\n"
		 "NUMBER(phys_base)=0\nSYMBOL(vmemmap)=%lx\nSIZE(page)=%s\n"
		 "OFFSET(page.flags)=0\nOFFSET(page.lru)=8\n"
		 "OFFSET(page._mapcount)=48\nOFFSET(page._refcount)=52\n",
		 KERNEL_MAP + TOP_TABLE, VMEMMAP, size);
}

static void link_entries(u64 before, u64 after)
{
	u64 *links[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		u64 at = i ? after : before;

		links[i] = (u64 *)(memory +
				   (at < VMEMMAP ? at - DIRECT_MAP :
						   at - VMEMMAP + DESCRIPTORS));
	}
	links[0][0] = after;
	links[1][1] = before;
}

/* Put @count pages on a list with a head, beginning at @start. */
static void make_list(unsigned long start, unsigned int count)
{
	u64 head = DIRECT_MAP + HEAD + start * 2 * sizeof(u64), last = head;
	unsigned int i;

	for (i = 0; i < count; i++) {
		link_entries(last, entry(start + i));
		last = entry(start + i);
	}
	link_entries(last, head);
}

static int set_up(void **state)
{
	unsigned int i;

	if (!first) {
		map(VMEMMAP, DESCRIPTORS, 0x2000);
		map(DIRECT_MAP, 0, 0x4000);
	}
	first += PAGES_OF_A_TEST;
	for (i = 0; i < PAGES_OF_A_TEST; i++) {
		descriptor(first + i)->type = 0xffffffff;
		/* As the kernel leaves it, as long as the page is on no list. */
		descriptor(first + i)->next = entry(first + i);
		descriptor(first + i)->previous = entry(first + i);
	}
	write_note("64");
	assert_int_equal(free_pages_find(), 0);
	return 0;
}

static void test_on_a_list(void **state)
{
	make_list(first + 1, 3);
	assert_true(free_pages_has(first + 1));
	assert_true(free_pages_has(first + 2));
	assert_true(free_pages_has(first + 3));
}

static void test_in_use(void **state)
{
	make_list(first + 1, 3);
	descriptor(first + 1)->references = 1;
	assert_false(free_pages_has(first + 1));
	/* Nor are those of a list that has such a page. */
	assert_false(free_pages_has(first + 2));
	descriptor(first + 1)->references = 0;
	descriptor(first + 1)->type = 0xf5000000;
	assert_false(free_pages_has(first + 1));
	descriptor(first + 1)->type = 0xffffffff;
	descriptor(first + 1)->flags = 0x40;
	assert_false(free_pages_has(first + 1));
	/* The number of the zone is no flag. */
	descriptor(first + 1)->flags = 1UL << 54;
	assert_true(free_pages_has(first + 1));
}

static void test_on_no_list(void **state)
{
	assert_false(free_pages_has(first + 1));
	/* Poison, as list_del() leaves it. */
	descriptor(first + 1)->next = 0xdead000000000100;
	descriptor(first + 1)->previous = 0xdead000000000122;
	assert_false(free_pages_has(first + 1));
	/* A tail of a compound page points to the head, with bit 0 set. */
	descriptor(first + 1)->next = (VMEMMAP + first * SIZE) | 1;
	assert_false(free_pages_has(first + 1));
}

static void test_stale_links(void **state)
{
	/* The pages at 2 and 3 have been on a list with 1, which was changed. */
	make_list(first + 1, 3);
	make_list(first + 1, 1);
	assert_true(free_pages_has(first + 1));
	assert_false(free_pages_has(first + 2));
	assert_false(free_pages_has(first + 3));
}

static void test_long_list(void **state)
{
	make_list(first + 1, 60);
	assert_true(free_pages_has(first + 30));
	/* Far away nobody looks, but near the page all links have to agree. */
	descriptor(first + 59)->previous = entry(first + 1);
	assert_true(free_pages_has(first + 30));
	descriptor(first + 40)->previous = entry(first + 1);
	assert_false(free_pages_has(first + 30));
}

static void test_block(void **state)
{
	/* The list has the first page of the block of 8 only. */
	make_list(first + 8, 1);
	descriptor(first + 14)->references = 1;
	assert_true(free_pages_has(first + 8));
	assert_true(free_pages_has(first + 9));
	assert_true(free_pages_has(first + 13));
	assert_false(free_pages_has(first + 14));
	/* It may be a part of what begins at 14. */
	assert_false(free_pages_has(first + 15));
	assert_false(free_pages_has(first + 17));
}

static void test_unreadable(void **state)
{
	descriptor(first + 1)->next = DIRECT_MAP + NOWHERE;
	descriptor(first + 1)->previous = DIRECT_MAP + NOWHERE;
	assert_false(free_pages_has(first + 1));
	/* A page whose descriptor is not mapped. */
	assert_false(free_pages_has(1UL << 40));
}

static void test_unknown_kernel(void **state)
{
	is_mapped = false;
	write_note("56");
	assert_int_equal(free_pages_find(), -EOPNOTSUPP);
	*strstr(note, "vmemmap") = 'V';
	assert_int_equal(free_pages_find(), -EOPNOTSUPP);
	*note = '\0';
	assert_int_equal(free_pages_find(), -ENOENT);
	/* Mapping the memory would have been of no use. */
	assert_false(is_mapped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_on_a_list, set_up),
		cmocka_unit_test_setup(test_in_use, set_up),
		cmocka_unit_test_setup(test_on_no_list, set_up),
		cmocka_unit_test_setup(test_stale_links, set_up),
		cmocka_unit_test_setup(test_long_list, set_up),
		cmocka_unit_test_setup(test_block, set_up),
		cmocka_unit_test_setup(test_unreadable, set_up),
		cmocka_unit_test_setup(test_unknown_kernel, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
