// SPDX-License-Identifier: GPL-2.0-or-later
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/prefix.h"
#include "tests/unit/scratch.h"
#include "tool/scan/vmcore.h"

#define PAGE	  4096
#define FILE_NAME "vmcore"

/* The rest of the pages is beyond the end. */
#define WHOLE_PAGES 9 /* in a file that is cut */

/* Pages that follow one another in memory, and in the file. */
struct segment {
	uint64_t address;
	size_t pages;
};

static const struct segment segments[] = {
	{ 0x1000, 2 },
	{ 0x100000, 300 },
	{ 0x100000000, 1 },
};

#define SEGMENTS ARRAY_SIZE(segments)
#define PAGES	 303

static Elf64_Ehdr elf_header(unsigned int segment_count)
{
	return (Elf64_Ehdr) {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = segment_count,
	};
}

/* Each page begins with its address. */
static void make_vmcore(void)
{
	const Elf64_Ehdr header = elf_header(SEGMENTS);
	char *file = calloc(PAGES + 1, PAGE);
	Elf64_Phdr *programs = (Elf64_Phdr *)(file + sizeof(header));
	size_t at = PAGE, i, page;

	memcpy(file, &header, sizeof(header));
	for (i = 0; i < SEGMENTS; i++) {
		programs[i] = (Elf64_Phdr) {
			.p_type = PT_LOAD,
			.p_offset = at,
			.p_vaddr = 0xffff888000000000 + segments[i].address,
			.p_paddr = segments[i].address,
			.p_filesz = segments[i].pages * PAGE,
			.p_memsz = segments[i].pages * PAGE,
		};
		for (page = 0; page < segments[i].pages; page++, at += PAGE) {
			uint64_t address = segments[i].address + page * PAGE;

			memcpy(file + at, &address, sizeof(address));
		}
	}
	make_file(FILE_NAME, file, at);
	free(file);
}

struct seen {
	uint64_t pages;
	uint64_t last;
	uint64_t zeros;
	bool wrong;
};

static void see(uint64_t address, const void *page, void *context)
{
	struct seen *seen = context;
	uint64_t content;

	memcpy(&content, page, sizeof(content));
	seen->zeros += !content;
	seen->wrong |= content && content != address;
	seen->wrong |= seen->pages && address <= seen->last;
	seen->last = address;
	seen->pages++;
}

static void test_pages(void **state)
{
	struct vmcore_read read;
	struct seen seen = {};
	struct vmcore vmcore;

	make_vmcore();
	assert_int_equal(vmcore_open(&vmcore, FILE_NAME, NULL), 0);
	assert_int_equal(vmcore.page_size, PAGE);
	assert_int_equal(vmcore.page_count, PAGES);
	assert_int_equal(vmcore_read_pages(&vmcore, &read, see, &seen, NULL),
			 0);
	assert_int_equal(seen.pages, PAGES);
	assert_int_equal(seen.last, 0x100000000);
	assert_int_equal(seen.zeros, 0);
	assert_false(seen.wrong);
	assert_int_equal(read.pages, PAGES);
	assert_int_equal(read.unreadable, 0);
	assert_null(read.reason);
	vmcore_close(&vmcore);
}

/* libkdumpfile reads zeros beyond the end of the file. */
static void test_cut(void **state)
{
	struct vmcore_read read;
	struct seen seen = {};
	struct vmcore vmcore;

	make_vmcore();
	assert_int_equal(truncate(FILE_NAME, (WHOLE_PAGES + 1) * PAGE), 0);
	assert_int_equal(vmcore_open(&vmcore, FILE_NAME, NULL), 0);
	assert_int_equal(vmcore_read_pages(&vmcore, &read, see, &seen, NULL),
			 0);
	assert_int_equal(seen.pages, PAGES);
	assert_int_equal(seen.zeros, PAGES - WHOLE_PAGES);
	assert_false(seen.wrong);
	vmcore_close(&vmcore);
}

/* The reason begins with @reason: the rest is libkdumpfile's. */
static void assert_fails(const char *file, const char *reason)
{
	struct vmcore vmcore;
	struct error error;

	assert_int_equal(vmcore_open(&vmcore, file, &error), -1);
	if (!starts_with(error.reason, reason))
		fail_msg("\"%s\" does not begin with \"%s\"", error.reason,
			 reason);
}

static void test_no_vmcore(void **state)
{
	const Elf64_Ehdr header = elf_header(0);

	assert_fails("missing", "missing: No such file or directory");
	assert_fails(".", ". is not a file");
	assert_fails("/dev/null", "/dev/null is not a file");
	make_text("empty", "");
	assert_fails("empty", "empty cannot be read as a vmcore: ");
	make_text("text", "neither an ELF file nor one of makedumpfile's\n");
	assert_fails("text", "text cannot be read as a vmcore: ");
	make_text("start", "KDUMP   ");
	assert_fails("start", "start cannot be read as a vmcore: ");
	make_file("no-memory", &header, sizeof(header));
	assert_fails("no-memory", "no-memory cannot be read as a vmcore: ");
	make_vmcore();
	assert_int_equal(truncate(FILE_NAME, 20), 0);
	assert_fails(FILE_NAME, FILE_NAME " cannot be read as a vmcore: ");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_pages),
		scratch_test(test_cut),
		scratch_test(test_no_vmcore),
	};

	return cmocka_run_group_tests_name("vmcore", tests, NULL, NULL);
}
