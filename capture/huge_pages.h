/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding out if the crashed kernel had huge pages (hugetlb, not transparent
 * ones), from its page descriptors. They begin where physical addresses are a
 * multiple of 2 MiB, so only one descriptor in 512 is read, and on arm64 a
 * multiple of 64 KiB. Of the crashed
 * kernel this uses what its note VMCOREINFO has, and its page tables.
 */
#ifndef KDUMP_CRYPT_HUGE_PAGES_H
#define KDUMP_CRYPT_HUGE_PAGES_H

#include <stdbool.h>

/*
 * Return true if the ELF image @vmcore, whose note is @note, surely has no huge
 * page. Return false if it has one, or if that cannot be read.
 */
bool huge_pages_none(const char *vmcore, const char *note);

#endif /* KDUMP_CRYPT_HUGE_PAGES_H */
