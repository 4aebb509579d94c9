// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <stdint.h>

#include "tool/kexec/kernel_format.h"

/*
 * The Linux/x86 boot protocol, Documentation/arch/x86/boot.rst: the setup header
 * is in the first sector. Its kernel_version is the offset, from the second
 * sector, of a string such as "6.12.1-amd64 (builder) #1 ...". Its init_size is
 * the memory that the kernel uses before it reads the memory map.
 */
#define SECTOR	       512
#define MAGIC_AT       0x202
#define PROTOCOL_AT    0x206
#define VERSION_AT     0x20e
#define INIT_SIZE_AT   0x260
#define HEADER_MAGIC   0x53726448 /* "HdrS" */
#define FIRST_PROTOCOL 0x0200	  /* with a kernel_version */
#define SIZE_PROTOCOL  0x020a	  /* with an init_size */

static bool matches(FILE *stream)
{
	uint32_t magic;

	return kernel_format_read(stream, MAGIC_AT, &magic, sizeof(magic)) &&
	       le32toh(magic) == HEADER_MAGIC;
}

static bool has_protocol(FILE *stream, unsigned int least)
{
	uint16_t protocol;

	return kernel_format_read(stream, PROTOCOL_AT, &protocol,
				  sizeof(protocol)) &&
	       le16toh(protocol) >= least;
}

static char *version(FILE *stream)
{
	char text[256] = "";
	uint16_t offset;

	if (!has_protocol(stream, FIRST_PROTOCOL) ||
	    !kernel_format_read(stream, VERSION_AT, &offset, sizeof(offset)) ||
	    !offset || fseek(stream, le16toh(offset) + SECTOR, SEEK_SET) ||
	    !fread(text, 1, sizeof(text) - 1, stream))
		return NULL;
	return kernel_format_first_word(text);
}

static long long memory(FILE *stream)
{
	uint32_t size;

	if (!has_protocol(stream, SIZE_PROTOCOL) ||
	    !kernel_format_read(stream, INIT_SIZE_AT, &size, sizeof(size)))
		return 0;
	return le32toh(size);
}

const struct kernel_format kernel_format_x86 = {
	.name = "an x86 bzImage",
	.matches = matches,
	.version = version,
	.memory = memory,
};
