// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "tool/kexec/kernel_format.h"

/*
 * Documentation/arch/arm64/booting.rst, arch/riscv/boot-image-header.rst: the
 * decompressed image has a header of 64 bytes. Its image_size is the memory of
 * the image with what follows it, such as .bss.
 */
#define IMAGE_SIZE_AT 16
#define MAGIC_AT      56
#define MAGIC_SIZE    4

/*
 * The kernel has pointers to the descriptions of all sections of memory that
 * physical addresses of 56 bits can have, whether there is such memory or not:
 * 32 MiB. With no more than that, the estimate was the least that works.
 */
#define RISCV64_MORE (36LL << 20)

static bool has_magic(FILE *stream, const char *expected)
{
	char magic[MAGIC_SIZE];

	return kernel_format_read(stream, MAGIC_AT, magic, sizeof(magic)) &&
	       !memcmp(magic, expected, sizeof(magic));
}

static bool matches_arm64(FILE *stream)
{
	return has_magic(stream, "ARM\x64");
}

static bool matches_riscv64(FILE *stream)
{
	return has_magic(stream, "RSC\x05");
}

static long long memory(FILE *stream, long long more)
{
	uint64_t size;

	return kernel_format_read(stream, IMAGE_SIZE_AT, &size, sizeof(size)) ?
		       (long long)le64toh(size) + KERNEL_FORMAT_STARTING +
			       more :
		       0;
}

static long long memory_arm64(FILE *stream)
{
	return memory(stream, 0);
}

static long long memory_riscv64(FILE *stream)
{
	return memory(stream, RISCV64_MORE);
}

const struct kernel_format kernel_format_arm64 = {
	.name = "an arm64 Image",
	.matches = matches_arm64,
	.version = kernel_format_version_in_banner,
	.memory = memory_arm64,
};

const struct kernel_format kernel_format_riscv64 = {
	.name = "a RISC-V Image",
	.matches = matches_riscv64,
	.version = kernel_format_version_in_banner,
	.memory = memory_riscv64,
};
