// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/elf_headers.h"
#include "tests/unit/scratch.h"

static struct {
	Elf64_Ehdr header;
	Elf64_Phdr segments[3];
} image;

static int make_image(void **state)
{
	memset(&image, 0, sizeof(image));
	memcpy(image.header.e_ident, ELFMAG, SELFMAG);
	image.header.e_ident[EI_CLASS] = ELFCLASS64;
	image.header.e_phoff = sizeof(image.header);
	image.header.e_phnum = ARRAY_SIZE(image.segments);
	image.segments[0].p_type = PT_NOTE;
	image.segments[0].p_offset = 100;
	image.segments[1].p_type = PT_LOAD;
	image.segments[2].p_type = PT_NOTE;
	image.segments[2].p_offset = 300;
	return scratch_make(state);
}

static int open_image(size_t size)
{
	make_file("image", &image, size);
	return open("image", O_RDONLY);
}

static unsigned int count(size_t size, Elf64_Word type)
{
	int fd = open_image(size);
	unsigned int index = 0, found = 0;
	Elf64_Phdr header;

	while (elf_headers_next(fd, type, &index, &header)) {
		assert_int_equal(header.p_type, type);
		found++;
	}
	close(fd);
	return found;
}

static void test_found(void **state)
{
	int fd = open_image(sizeof(image));
	unsigned int index = 0;
	Elf64_Phdr header;

	assert_true(elf_headers_next(fd, PT_NOTE, &index, &header));
	assert_int_equal(header.p_offset, 100);
	assert_int_equal(index, 1);
	assert_true(elf_headers_next(fd, PT_NOTE, &index, &header));
	assert_int_equal(header.p_offset, 300);
	assert_int_equal(index, 3);
	assert_false(elf_headers_next(fd, PT_NOTE, &index, &header));
	close(fd);
	assert_int_equal(count(sizeof(image), PT_LOAD), 1);
	assert_int_equal(count(sizeof(image), PT_INTERP), 0);
}

static void test_no_elf64(void **state)
{
	image.header.e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(count(sizeof(image), PT_NOTE), 0);
	image.header.e_ident[EI_CLASS] = ELFCLASS64;
	image.header.e_ident[EI_MAG0] = 0;
	assert_int_equal(count(sizeof(image), PT_NOTE), 0);
}

static void test_cut(void **state)
{
	size_t size;

	for (size = 0; size < sizeof(image); size++)
		assert_in_range(count(size, PT_NOTE), 0, 1);
	image.header.e_phnum = 0xffff;
	assert_int_equal(count(sizeof(image), PT_NOTE), 2);
	image.header.e_phoff = ~0ULL;
	assert_int_equal(count(sizeof(image), PT_NOTE), 0);
}

#define image_test(test) \
	cmocka_unit_test_setup_teardown(test, make_image, scratch_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		image_test(test_found),
		image_test(test_no_elf64),
		image_test(test_cut),
	};

	return cmocka_run_group_tests_name("elf_headers", tests, NULL, NULL);
}
