// SPDX-License-Identifier: GPL-2.0-or-later
#include <elf.h>
#include <endian.h>
#include <string.h>

#include "tool/kexec/kernel_format.h"

/*
 * A crash kernel also allocates the radix MMU's table of processes (16 MiB),
 * pointers to the descriptions of all sections of memory that there can be
 * (8 MiB), and the descriptions of the memory below its own, which begins at
 * 512 MiB at most (8 MiB).
 */
#define MORE (32LL << 20)

static bool read_header(FILE *stream, Elf64_Ehdr *header)
{
	return kernel_format_read(stream, 0, header, sizeof(*header)) &&
	       !memcmp(header->e_ident, ELFMAG, SELFMAG) &&
	       header->e_ident[EI_CLASS] == ELFCLASS64 &&
	       header->e_ident[EI_DATA] == ELFDATA2LSB;
}

static bool matches(FILE *stream)
{
	Elf64_Ehdr header;

	return read_header(stream, &header) &&
	       le16toh(header.e_machine) == EM_PPC64;
}

/* The memory of the segments includes what is not in the file, such as .bss. */
static long long memory(FILE *stream)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	long long bytes = 0;
	unsigned int i;

	if (!read_header(stream, &header))
		return 0;
	for (i = 0; i < le16toh(header.e_phnum); i++) {
		if (!kernel_format_read(stream,
					le64toh(header.e_phoff) +
						i * sizeof(segment),
					&segment, sizeof(segment)))
			return 0;
		if (le32toh(segment.p_type) == PT_LOAD)
			bytes += le64toh(segment.p_memsz);
	}
	return bytes ? bytes + KERNEL_FORMAT_STARTING + MORE : 0;
}

const struct kernel_format kernel_format_ppc64el = {
	.name = "a vmlinux of ppc64el",
	.matches = matches,
	.version = kernel_format_version_in_banner,
	.memory = memory,
};
