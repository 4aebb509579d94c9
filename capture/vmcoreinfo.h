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
 * Return the note of the ELF image @file, lines of "NAME=VALUE". Return NULL if
 * there is none. The caller frees it.
 */
char *vmcoreinfo_note(const char *file);

/*
 * Return the value of @name, which ends with "=". Return NULL if @note does not
 * have it, or is NULL. The caller frees the value.
 */
char *vmcoreinfo_value(const char *note, const char *name);

/*
 * Read the value of @name as a number, decimal or, if it is a symbol's or begins
 * with "0x", hexadecimal. Return false if there is no such value, or if it is no number.
 */
bool vmcoreinfo_number(const char *note, const char *name, uint64_t *number);

#endif /* KDUMP_CRYPT_VMCOREINFO_H */
