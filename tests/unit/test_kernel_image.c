// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "tests/unit/scratch.h"
#include "tool/kexec/kernel_format.h"
#include "tool/kexec/kernel_image.h"

/* Documentation/arch/x86/boot.rst */
#define MAGIC_OFFSET	 0x202
#define PROTOCOL_OFFSET	 0x206
#define VERSION_OFFSET	 0x20e
#define INIT_SIZE_OFFSET 0x260
#define SECTOR		 512

/* The offset of the version string in this image. */
#define STRING_OFFSET 0x400

static unsigned char image[2048];

static void put16(size_t offset, unsigned int value)
{
	image[offset] = value;
	image[offset + 1] = value >> 8;
}

static int set_up(void **state)
{
	memset(image, 0, sizeof(image));
	/* The second sector begins with a jump over the header. */
	memcpy(image + SECTOR, "\xeb\x6a", 2);
	memcpy(image + MAGIC_OFFSET, "HdrS", 4);
	put16(PROTOCOL_OFFSET, 0x020f);
	put16(VERSION_OFFSET, STRING_OFFSET - SECTOR);
	put16(INIT_SIZE_OFFSET + 2, 0x037d);
	strcpy((char *)image + STRING_OFFSET,
	       "6.12.1-amd64 (builder@host) #1 SMP Debian");
	return scratch_make(state);
}

static void assert_version(const char *expected)
{
	char *version;

	make_file("vmlinuz", image, sizeof(image));
	version = kernel_image_version("vmlinuz", NULL);
	assert_non_null(version);
	assert_string_equal(version, expected);
	free(version);
}

static void assert_no_image(size_t size)
{
	struct error error;

	make_file("vmlinuz", image, size);
	assert_null(kernel_image_version("vmlinuz", &error));
	assert_int_equal(error.number, ENOEXEC);
	assert_string_equal(
		error.reason,
		"cannot use the kernel image vmlinuz: not an x86 bzImage");
}

static void test_good_image(void **state)
{
	assert_version("6.12.1-amd64");
}

static void test_version_alone(void **state)
{
	strcpy((char *)image + STRING_OFFSET, "6.12.1");
	assert_version("6.12.1");
}

/* The file ends after the string, without a NUL. */
static void test_version_at_the_end(void **state)
{
	put16(VERSION_OFFSET, sizeof(image) - 3 - SECTOR);
	memcpy(image + sizeof(image) - 3, "7.3", 3);
	assert_version("7.3");
}

static void test_truncated(void **state)
{
	static const size_t sizes[] = {
		0, 1, 0x1f1, MAGIC_OFFSET, VERSION_OFFSET + 1, STRING_OFFSET
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_no_image(sizes[i]);
}

static void test_no_magic(void **state)
{
	image[MAGIC_OFFSET] = 'h';
	assert_no_image(sizeof(image));
}

static void test_old_protocol(void **state)
{
	put16(PROTOCOL_OFFSET, 0x01ff);
	assert_no_image(sizeof(image));
}

static void test_no_version(void **state)
{
	put16(VERSION_OFFSET, 0);
	assert_no_image(sizeof(image));
}

static void test_empty_version(void **state)
{
	image[STRING_OFFSET] = '\0';
	assert_no_image(sizeof(image));
	image[STRING_OFFSET] = ' ';
	assert_no_image(sizeof(image));
}

static void test_version_beyond_the_file(void **state)
{
	put16(VERSION_OFFSET, sizeof(image) - SECTOR);
	assert_no_image(sizeof(image));
	put16(VERSION_OFFSET, 0xffff);
	assert_no_image(sizeof(image));
}

/* Even if there is no NUL, the result is bounded. */
static void test_version_without_end(void **state)
{
	char *version;

	memset(image + STRING_OFFSET, 'x', sizeof(image) - STRING_OFFSET);
	make_file("vmlinuz", image, sizeof(image));
	version = kernel_image_version("vmlinuz", NULL);
	if (version)
		assert_in_range(strlen(version), 1,
				sizeof(image) - STRING_OFFSET);
	free(version);
}

static void test_read_fails(void **state)
{
	struct error error = {};

	assert_null(kernel_image_version("missing", &error));
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(
		error.reason,
		"cannot use the kernel image missing: No such file or directory");

	make_directory("directory");
	error.number = 0;
	assert_null(kernel_image_version("directory", &error));
	assert_int_not_equal(error.number, 0);
}

static void assert_memory(long long expected, size_t size)
{
	struct error error = {};

	make_file("vmlinuz", image, size);
	assert_int_equal(kernel_image_memory("vmlinuz", &error), expected);
	assert_int_equal(error.number, expected < 0 ? ENOEXEC : 0);
}

static void test_memory(void **state)
{
	struct error error;

	assert_memory(0x037d0000, sizeof(image));
	put16(INIT_SIZE_OFFSET + 2, 0xffff);
	assert_memory(0xffff0000LL, sizeof(image));
	assert_memory(-1, INIT_SIZE_OFFSET + 3);
	put16(PROTOCOL_OFFSET, 0x0209);
	assert_memory(-1, sizeof(image));
	put16(PROTOCOL_OFFSET, 0x020a);
	assert_memory(0xffff0000LL, sizeof(image));
	put16(INIT_SIZE_OFFSET + 2, 0);
	assert_memory(-1, sizeof(image));
	assert_int_equal(kernel_image_memory("missing", &error), -1);
	assert_int_equal(error.number, ENOENT);
}

static void assert_chosen(const char *file, const char *expected)
{
	char *chosen = kernel_image_choose(file);

	assert_string_equal(chosen, expected);
	free(chosen);
}

static void test_choice(void **state)
{
	struct utsname running;
	char *expected;

	assert_return_code(uname(&running), errno);
	expected = format("/boot/vmlinuz-%s", running.release);
	assert_chosen(NULL, expected);
	free(expected);
	assert_chosen("image", "image");
}

static void test_installed_kernels(void **state)
{
	static const char prefix[] = "/boot/vmlinuz-";
	glob_t kernels;
	size_t i;

	if (glob("/boot/vmlinuz-*", 0, NULL, &kernels))
		skip();
	for (i = 0; i < kernels.gl_pathc; i++) {
		char *version = kernel_image_version(kernels.gl_pathv[i], NULL);

		assert_non_null(version);
		assert_string_equal(version,
				    kernels.gl_pathv[i] + strlen(prefix));
		free(version);
		assert_in_range(kernel_image_memory(kernels.gl_pathv[i], NULL),
				8 << 20, 256 << 20);
	}
	globfree(&kernels);
}

/* Compress the image into @compressed, and return its new size. */
static size_t compress_image(int filter, unsigned char *compressed, size_t room)
{
	struct archive *writer = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used;

	archive_write_set_format_raw(writer);
	assert_int_equal(archive_write_add_filter(writer, filter), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(writer, 1);
	archive_write_open_memory(writer, compressed, room, &used);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_header(writer, entry);
	assert_int_equal(archive_write_data(writer, image, sizeof(image)),
			 sizeof(image));
	archive_entry_free(entry);
	archive_write_free(writer);
	return used;
}

static void assert_compressed_version(const void *file, size_t size)
{
	char *version;

	make_file("vmlinuz", file, size);
	version = kernel_image_version("vmlinuz", NULL);
	assert_non_null(version);
	assert_string_equal(version, "6.12.1-amd64");
	free(version);
	assert_int_equal(kernel_image_memory("vmlinuz", NULL), 0x037d0000);
}

static void test_gzip(void **state)
{
	static unsigned char file[4096];
	struct error error;
	size_t size = compress_image(ARCHIVE_FILTER_GZIP, file, sizeof(file));

	assert_compressed_version(file, size);
	make_file("vmlinuz", file, size / 2);
	assert_null(kernel_image_version("vmlinuz", &error));
	assert_memory_equal(
		error.reason, "cannot decompress the kernel image vmlinuz: ",
		strlen("cannot decompress the kernel image vmlinuz: "));
}

/* drivers/firmware/efi/libstub/zboot-header.S */
static void test_zboot(void **state)
{
	static const int filters[] = { ARCHIVE_FILTER_GZIP,
				       ARCHIVE_FILTER_ZSTD };
	static unsigned char file[8192];
	const uint32_t offset = htole32(1024), too_large = htole32(8000);
	uint32_t size;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(filters); i++) {
		memset(file, 0x5a, sizeof(file));
		size = htole32(compress_image(filters[i], file + 1024, 4096));
		memcpy(file, "MZ\0\0zimg", 8);
		memcpy(file + 8, &offset, sizeof(offset));
		memcpy(file + 12, &size, sizeof(size));
		/* The size of the image and more of the program follow. */
		memset(file + 1024 + le32toh(size), 0x5a, 2048);
		assert_compressed_version(file, sizeof(file));
	}
	memcpy(file + 12, &too_large, sizeof(too_large));
	make_file("vmlinuz", file, sizeof(file));
	assert_null(kernel_image_version("vmlinuz", NULL));
	make_file("vmlinuz", file, 4000);
	assert_null(kernel_image_version("vmlinuz", NULL));
}

static void write_image(const void *kernel, size_t size)
{
	make_file("kernel", kernel, size);
}

static FILE *open_written(void)
{
	FILE *stream = fopen("kernel", "r");

	assert_non_null(stream);
	return stream;
}

/* Write @kernel, without and with a version, and read it as @format. */
static void check_banner(const struct kernel_format *format,
			 unsigned char *kernel, size_t size)
{
	const char banner[] = "Linux version %s (%s)";
	const char version[] = "Linux version 6.12.1-lab (builder@host) #1";
	/* Across two of the pieces in which the file is read. */
	const size_t at = (1 << 20) - 20;
	FILE *stream;
	char *found;

	memset(kernel + at, 0, sizeof(version));
	memcpy(kernel + 4096, banner, sizeof(banner));
	write_image(kernel, size);
	stream = open_written();
	assert_true(format->matches(stream));
	assert_false(kernel_format_x86.matches(stream));
	assert_null(format->version(stream));
	fclose(stream);

	memcpy(kernel + at, version, sizeof(version));
	write_image(kernel, size);
	stream = open_written();
	found = format->version(stream);
	assert_non_null(found);
	assert_string_equal(found, "6.12.1-lab");
	free(found);
	fclose(stream);
}

static void assert_needs(const struct kernel_format *format, long long bytes)
{
	FILE *stream = open_written();

	assert_int_equal(format->memory(stream), bytes);
	fclose(stream);
}

static void check_image(unsigned char *kernel, size_t size, const char *magic,
			const struct kernel_format *format, long long bytes,
			const struct kernel_format *other)
{
	FILE *stream;

	memcpy(kernel + 56, magic, 4);
	check_banner(format, kernel, size);
	assert_needs(format, bytes);
	stream = open_written();
	assert_false(other->matches(stream));
	fclose(stream);
}

/*
 * Documentation/arch/arm64/booting.rst and
 * Documentation/arch/riscv/boot-image-header.rst
 */
static void test_image(void **state)
{
	static unsigned char kernel[3 << 20];

	kernel[16 + 2] = 0x2a;
	check_image(kernel, sizeof(kernel), "ARM\x64", &kernel_format_arm64,
		    (0x2a << 16) + (12 << 20), &kernel_format_riscv64);
	check_image(kernel, sizeof(kernel), "RSC\x05", &kernel_format_riscv64,
		    (0x2a << 16) + (48 << 20), &kernel_format_arm64);
}

static void test_elf(void **state)
{
	static unsigned char kernel[3 << 20];
	const Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB },
		.e_machine = EM_PPC64,
		.e_phoff = sizeof(header),
		.e_phnum = 3,
	};
	const Elf64_Phdr segments[] = {
		{ .p_type = PT_LOAD, .p_memsz = 0x2000000 },
		{ .p_type = PT_NOTE, .p_memsz = 0x100 },
		{ .p_type = PT_LOAD, .p_memsz = 0x10000 },
	};

	memcpy(kernel, &header, sizeof(header));
	memcpy(kernel + sizeof(header), segments, sizeof(segments));
	check_banner(&kernel_format_ppc64el, kernel, sizeof(kernel));
	assert_needs(&kernel_format_ppc64el, 0x2010000 + (44 << 20));
	write_image(kernel, sizeof(header));
	assert_needs(&kernel_format_ppc64el, 0);
}

#define image_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, scratch_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		image_test(test_good_image),
		image_test(test_version_alone),
		image_test(test_version_at_the_end),
		image_test(test_truncated),
		image_test(test_no_magic),
		image_test(test_old_protocol),
		image_test(test_no_version),
		image_test(test_empty_version),
		image_test(test_version_beyond_the_file),
		image_test(test_version_without_end),
		image_test(test_read_fails),
		image_test(test_memory),
		image_test(test_choice),
		image_test(test_installed_kernels),
		image_test(test_gzip),
		image_test(test_zboot),
		image_test(test_image),
		image_test(test_elf),
	};

	return cmocka_run_group_tests_name("kernel_image", tests, NULL, NULL);
}
