/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Free pages on the lists of the crashed kernel's processors. makedumpfile cannot
 * recognize them, but the module can, and then /proc/vmcore has zeros in their
 * place. On a machine with few processors they can be half of a dump, and they
 * contain what programs and files left in them.
 */
#ifndef KDUMP_CRYPT_FREE_PAGES_H
#define KDUMP_CRYPT_FREE_PAGES_H

#include "lib/plan.h"

/*
 * Leave these pages out of the dump if the plan's core_collector leaves out free
 * pages. Call this before /proc/vmcore is opened. If the pages cannot be
 * recognized, report that.
 */
void free_pages_leave_out(const struct plan *plan);

#endif /* KDUMP_CRYPT_FREE_PAGES_H */
