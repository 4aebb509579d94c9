/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_VMCOREINFO_H
#define KDUMP_CRYPT_VMCOREINFO_H

#include <stdint.h>

/* What the crashed kernel left of itself in a note of its memory image. */
struct vmcoreinfo {
	char *release;		/* NULL: not known */
	int64_t crash_time;	/* seconds since 1970, by its clock; 0: not known */
};

/*
 * Read the note of the ELF image @file. What it does not have stays unknown.
 * The caller frees the release.
 */
void vmcoreinfo_read(struct vmcoreinfo *info, const char *file);

#endif /* KDUMP_CRYPT_VMCOREINFO_H */
