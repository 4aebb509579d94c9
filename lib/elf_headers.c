// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <unistd.h>

#include "lib/elf_headers.h"

bool elf_headers_next(int fd, Elf64_Word type, unsigned int *index,
		      Elf64_Phdr *header)
{
	Elf64_Ehdr file;

	if (pread(fd, &file, sizeof(file), 0) != sizeof(file) ||
	    memcmp(file.e_ident, ELFMAG, SELFMAG) ||
	    file.e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	while (*index < file.e_phnum) {
		off_t offset = file.e_phoff + *index * sizeof(*header);

		if (pread(fd, header, sizeof(*header), offset) !=
		    sizeof(*header))
			return false;
		++*index;
		if (header->p_type == type)
			return true;
	}
	return false;
}
