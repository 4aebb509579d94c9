/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In the crash kernel: find out which pages of the crashed kernel were free and
 * held by a processor. Each processor has lists of free pages, up to an eighth of
 * the memory. Nothing in the descriptor of such a page says that it is free, so
 * dump collectors take it for a page of the kernel.
 *
 * A page is taken for one of these if its descriptor has no type, no references
 * and no flags, and if it is on a list of such pages. The list is followed in both
 * directions, to its head or 16 pages far, and all links have to agree. In a kernel
 * that has crashed in the middle of changing a list, pages near that place are not
 * found.
 *
 * A list has only the first page of a block of several pages. The pages behind it,
 * up to the largest block that can begin there, are free, too, as far as none of
 * them has a type, references or flags: a block in use begins with a page that has
 * references or a type. The other pages of such a block may have none, but are on
 * no list.
 *
 * What this reads is checked, as a crashed kernel has left it.
 */
#ifndef CRASH_DM_CRYPT_FREE_PAGES_H
#define CRASH_DM_CRYPT_FREE_PAGES_H

#include <linux/types.h>

/*
 * Find the page descriptors of the crashed kernel. Return -EOPNOTSUPP if the
 * kernel's note does not say enough, the error of reading it, or that of
 * old_memory_map(), which is called only if the note says enough. May sleep.
 */
int free_pages_find(void);

/*
 * Return true if the page surely was free. Call this after free_pages_find(), and
 * not while somebody else uses old_memory.h.
 */
bool free_pages_has(unsigned long pfn);

#endif /* CRASH_DM_CRYPT_FREE_PAGES_H */
