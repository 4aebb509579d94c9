/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names, offsets and numbers of the crashed kernel for makedumpfile's option -i,
 * in place of those in the kernel's own note. The dump keeps the note as it is.
 */
#ifndef KDUMP_CRYPT_COLLECTOR_NAMES_H
#define KDUMP_CRYPT_COLLECTOR_NAMES_H

#include <stdbool.h>

/*
 * Write @file if makedumpfile of this version, which may be NULL, mistakes pages
 * of the ELF image @vmcore without it. @core_collector is the command. Return
 * true if @file was written.
 *
 * - Linux 7.1 renamed page.compound_head to page.compound_info in its note.
 *   makedumpfile up to 1.7.9 knows only the old name. Without it, it mistakes
 *   parts of slabs for user data and leaves them out.
 * - makedumpfile 1.7.6 takes free pages of Linux 6.12 and later for slab pages
 *   and keeps them.
 * - makedumpfile 1.7.6 refuses Debian's kernel for arm64, because it is made for
 *   addresses of 52 bits. If the processor has 48, it reads it as one that is
 *   made for 48 bits.
 */
bool collector_names_write(const char *file, const char *vmcore,
			   const char *version, const char *core_collector);

/* Do the same for reading the kernel log only, which fewer of these concern. */
bool collector_names_write_for_log(const char *file, const char *vmcore);

#endif /* KDUMP_CRYPT_COLLECTOR_NAMES_H */
