// SPDX-License-Identifier: GPL-2.0-or-later
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/vmcoreinfo.h"
#include "lib/textfile.h"
#include "tests/unit/scratch.h"

#define INFO                                                  \
	"OSRELEASE=6.12.1-amd64\nBUILD-ID=0\nPAGESIZE=4096\n" \
	"CRASHTIME=1763771639\n"

static struct {
	Elf64_Ehdr header;
	Elf64_Phdr segments[2];
	char notes[512];
} image;
static size_t end;

static void add_note(const char *name, const void *content, size_t size)
{
	Elf64_Nhdr note = { .n_namesz = strlen(name) + 1, .n_descsz = size };

	memcpy(image.notes + end, &note, sizeof(note));
	end += sizeof(note);
	memcpy(image.notes + end, name, note.n_namesz);
	end += (note.n_namesz + 3) & ~3u;
	memcpy(image.notes + end, content, size);
	end += (size + 3) & ~3u;
}

/* The notes are in the kernel's order: one for each CPU, then VMCOREINFO. */
static int make_image(void **state)
{
	memset(&image, 0, sizeof(image));
	end = 0;
	memcpy(image.header.e_ident, ELFMAG, SELFMAG);
	image.header.e_ident[EI_CLASS] = ELFCLASS64;
	image.header.e_phoff = sizeof(image.header);
	image.header.e_phnum = 2;
	add_note("CORE", "registers", 9);
	add_note("VMCOREINFO", INFO, strlen(INFO));
	image.segments[0].p_type = PT_LOAD;
	image.segments[1].p_type = PT_NOTE;
	image.segments[1].p_offset = (char *)image.notes - (char *)&image;
	image.segments[1].p_filesz = sizeof(image.notes);
	return scratch_make(state);
}

static struct vmcoreinfo read_image(size_t size)
{
	struct vmcoreinfo info;

	memset(&info, 0xa5, sizeof(info));
	make_file("vmcore", &image, size);
	vmcoreinfo_read(&info, "vmcore");
	return info;
}

static void assert_nothing(size_t size)
{
	struct vmcoreinfo info = read_image(size);

	assert_null(info.release);
	assert_int_equal(info.crash_time, 0);
}

static void test_found(void **state)
{
	struct vmcoreinfo info = read_image(sizeof(image));

	assert_string_equal(info.release, "6.12.1-amd64");
	assert_int_equal(info.crash_time, 1763771639);
	free(info.release);
}

static void test_missing(void **state)
{
	struct vmcoreinfo info;

	vmcoreinfo_read(&info, "missing");
	assert_null(info.release);
	assert_nothing(0);
	image.segments[1].p_type = PT_LOAD;
	assert_nothing(sizeof(image));
	image.header.e_ident[EI_CLASS] = ELFCLASS32;
	assert_nothing(sizeof(image));
}

/* Nothing is read beyond the end of the file, or beyond any size in it. */
static void test_damaged(void **state)
{
	size_t start = (char *)image.notes - (char *)&image, size;
	Elf64_Nhdr *first = (Elf64_Nhdr *)image.notes;

	for (size = 0; size < start + end; size++)
		free(read_image(size).release);
	image.segments[1].p_filesz = ~0ULL;
	free(read_image(sizeof(image)).release);
	first->n_descsz = ~0u;
	assert_nothing(sizeof(image));
	first->n_namesz = ~0u;
	assert_nothing(sizeof(image));
	image.header.e_phnum = 0xffff;
	image.segments[1].p_type = PT_LOAD;
	assert_nothing(sizeof(image));
}

static void test_values(void **state)
{
	static const char note[] = "SYMBOL(a)=ffffffff81000000\n"
				   "NUMBER(b)=-268435456\nOFFSET(c.d)=48\n"
				   "NUMBER(e)=1x\nNUMBER(f)=\n";
	uint64_t number;
	char *value = vmcoreinfo_value(note, "OFFSET(c.d)=");

	assert_string_equal(value, "48");
	free(value);
	assert_null(vmcoreinfo_value(note, "FSET(c.d)="));
	assert_null(vmcoreinfo_value(NULL, "OFFSET(c.d)="));
	assert_true(vmcoreinfo_number(note, "SYMBOL(a)=", &number));
	assert_int_equal(number, 0xffffffff81000000);
	assert_true(vmcoreinfo_number(note, "NUMBER(b)=", &number));
	assert_int_equal((uint32_t)number, 0xf0000000);
	assert_false(vmcoreinfo_number(note, "NUMBER(e)=", &number));
	assert_false(vmcoreinfo_number(note, "NUMBER(f)=", &number));
	assert_false(vmcoreinfo_number(note, "NUMBER(g)=", &number));
}

#define image_test(test) \
	cmocka_unit_test_setup_teardown(test, make_image, scratch_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		image_test(test_found),
		image_test(test_missing),
		image_test(test_damaged),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests_name("vmcoreinfo", tests, NULL, NULL);
}
