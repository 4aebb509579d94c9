/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_VMCOREINFO_H
#define KDUMP_CRYPT_VMCOREINFO_H

#include <stdbool.h>
#include <stdint.h>

/* Facts about the crashed kernel, from a note in its memory image. */
struct vmcoreinfo {
	char *release;	    /* NULL: not known */
	int64_t crash_time; /* seconds since 1970, by its clock; 0: not known */
};

/*
 * Read the note of the ELF image @file. What it does not contain stays not
 * known. The caller frees the release.
 */
void vmcoreinfo_read(struct vmcoreinfo *info, const char *file);

/*
 * Linux 7.1 renamed page.compound_head to page.compound_info in its note.
 * makedumpfile up to 1.7.9 knows only the old name. Without it, it mistakes
 * parts of slabs for user data and leaves them out. If the ELF image @vmcore
 * has the new name, write @file, for makedumpfile's option -i, with the old
 * name. Return true if @file was written.
 */
bool vmcoreinfo_write_old_names(const char *vmcore, const char *file);

#endif /* KDUMP_CRYPT_VMCOREINFO_H */
