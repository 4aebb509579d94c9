/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_UNFILTERED_H
#define KDUMP_CRYPT_UNFILTERED_H

/*
 * Copy the ELF file @vmcore to @file, in place of what is there, with holes
 * for pages of zeros. What cannot be read becomes a hole, too, and is reported.
 * Progress is reported as part of @step; where there is none for @stall
 * seconds the watchdog steps in. Returns 0, or -1 with errno set, and @file
 * holds what was copied until then.
 */
int unfiltered_copy(const char *step, const char *vmcore, const char *file,
		    unsigned int stall);

#endif /* KDUMP_CRYPT_UNFILTERED_H */
