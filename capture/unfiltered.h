/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_UNFILTERED_H
#define KDUMP_CRYPT_UNFILTERED_H

#include "lib/error.h"

/*
 * Copy the ELF file @vmcore to @file, or replace that file. Pages of zeros
 * become holes. So do pages that cannot be read: *@unreadable is their size in
 * bytes. The copy is part of the step @step: its progress is reported, and each
 * chunk may take @seconds. On failure @file holds what was copied until then.
 * error->number is an errno.
 */
int unfiltered_copy(const char *step, const char *vmcore, const char *file,
		    unsigned int seconds, long long *unreadable,
		    struct error *error);

#endif /* KDUMP_CRYPT_UNFILTERED_H */
