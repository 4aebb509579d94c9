/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_ELF_HEADERS_H
#define KDUMP_CRYPT_ELF_HEADERS_H

#include <elf.h>
#include <stdbool.h>

/*
 * Find the next program header of @type in the ELF64 file @fd. The search
 * begins with the header number *@index, which becomes the number of the one
 * after @header. Return false if there is none, if the file is no ELF64 file,
 * or if it ends before its headers do.
 */
bool elf_headers_next(int fd, Elf64_Word type, unsigned int *index,
		      Elf64_Phdr *header);

#endif /* KDUMP_CRYPT_ELF_HEADERS_H */
