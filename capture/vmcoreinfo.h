/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_VMCOREINFO_H
#define KDUMP_CRYPT_VMCOREINFO_H

#include <stdbool.h>
#include <stdint.h>

/* What the crashed kernel left of itself in a note of its memory image. */
struct vmcoreinfo {
	char *release;	    /* NULL: not known */
	int64_t crash_time; /* seconds since 1970, by its clock; 0: not known */
};

/*
 * Read the note of the ELF image @file. What it does not have stays unknown.
 * The caller frees the release.
 */
void vmcoreinfo_read(struct vmcoreinfo *info, const char *file);

/*
 * Linux 7.1 calls page.compound_head page.compound_info in its note, which
 * makedumpfile up to 1.7.9 does not know: it then takes parts of slabs for user
 * data and leaves them out. Where the ELF image @vmcore has the new name, make
 * @file, for makedumpfile's option -i, with the old one. Returns whether it is
 * there.
 */
bool vmcoreinfo_write_old_names(const char *vmcore, const char *file);

#endif /* KDUMP_CRYPT_VMCOREINFO_H */
