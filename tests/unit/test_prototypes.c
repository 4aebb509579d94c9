// SPDX-License-Identifier: GPL-2.0-or-later
/* The BTF is that of the kernels in /boot, so this is skipped if none is there. */
#include <elf.h>
#include <endian.h>
#include <glob.h>
#include <linux/version.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "module/prototypes.h"
#include "tests/unit/scratch.h"
#include "tool/host/decompress.h"

#define KERNELS "/boot/vmlinuz-*"

struct content {
	char *data;
	size_t size;
};

static uint32_t number_at(const struct content *file, size_t offset)
{
	uint32_t number;

	memcpy(&number, file->data + offset, sizeof(number));
	return le32toh(number);
}

/* Documentation/arch/x86/boot.rst: the offsets of fields of the header. */
static struct content unpack(const char *kernel)
{
	struct content file, unpacked;
	size_t start, size, setup_sectors;

	file.data = decompress_file(kernel, &file.size, NULL);
	assert_non_null(file.data);
	setup_sectors = (unsigned char)file.data[0x1f1];
	start = (setup_sectors + 1) * 512 + number_at(&file, 0x248);
	/* The size of the content follows. */
	size = number_at(&file, 0x24c) - sizeof(uint32_t);
	assert_true(start + size <= file.size);
	make_file("packed", file.data + start, size);
	unpacked.data = decompress_file("packed", &unpacked.size, NULL);
	assert_non_null(unpacked.data);
	free(file.data);
	return unpacked;
}

static struct content find_btf(const struct content *kernel)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)kernel->data;
	const Elf64_Shdr *sections =
		(const Elf64_Shdr *)(kernel->data + header->e_shoff);
	const char *names =
		kernel->data + sections[header->e_shstrndx].sh_offset;
	unsigned int i;

	for (i = 0; i < header->e_shnum; i++)
		if (!strcmp(names + sections[i].sh_name, ".BTF"))
			return (struct content) {
				kernel->data + sections[i].sh_offset,
				sections[i].sh_size,
			};
	return (struct content) {};
}

static bool takes_image(const struct content *btf, const char *function)
{
	return prototype_takes_image(btf->data, btf->size, function);
}

static void check_kernel(const char *file)
{
	struct content kernel = unpack(file), btf = find_btf(&kernel);
	char *copy;
	size_t size;

	assert_non_null(btf.data);
	assert_true(takes_image(&btf, "kimage_free"));
	assert_true(takes_image(&btf, "kimage_file_post_load_cleanup"));
	assert_true(takes_image(&btf, "kimage_load_segment"));
	assert_true(takes_image(&btf, "kimage_alloc_control_pages"));
	/* Numbers, other pointers, none. */
	assert_false(takes_image(&btf, "ksys_sync"));
	assert_false(takes_image(&btf, "crash_update_vmcoreinfo_safecopy"));
	assert_false(takes_image(&btf, "do_exit"));
	assert_false(takes_image(&btf, "vfs_read"));
	assert_true(takes_image(&btf, "no_such_function"));

	/* ASan reports reads beyond the end. */
	for (size = 0; size < btf.size; size = size * 2 + 1) {
		copy = malloc(size ?: 1);
		memcpy(copy, btf.data, size);
		assert_true(prototype_takes_image(copy, size, "do_exit"));
		free(copy);
	}
	free(kernel.data);
}

static void test_kernels(void **state)
{
	glob_t found;
	size_t i;

	if (glob(KERNELS, 0, NULL, &found))
		skip();
	for (i = 0; i < found.gl_pathc; i++)
		check_kernel(found.gl_pathv[i]);
	globfree(&found);
}

static void test_versions_that_are_known_without_btf(void **state)
{
	assert_false(prototypes_are_known(KERNEL_VERSION(6, 11, 255)));
	assert_true(prototypes_are_known(KERNEL_VERSION(6, 12, 0)));
	assert_true(prototypes_are_known(KERNEL_VERSION(6, 12, 255)));
	assert_true(prototypes_are_known(KERNEL_VERSION(7, 3, 255)));
	assert_false(prototypes_are_known(KERNEL_VERSION(7, 4, 0)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_kernels),
		cmocka_unit_test(test_versions_that_are_known_without_btf),
	};

	return cmocka_run_group_tests_name("prototypes", tests, NULL, NULL);
}
