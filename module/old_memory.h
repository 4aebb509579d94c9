/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In the crash kernel: the memory of the crashed kernel that /proc/vmcore lists.
 * Nothing is read before it is asked for. Calls must not overlap.
 */
#ifndef CRASH_DM_CRYPT_OLD_MEMORY_H
#define CRASH_DM_CRYPT_OLD_MEMORY_H

#ifdef __KERNEL__
#include <linux/types.h>
#endif

/*
 * Map it, unless it is mapped. That opens /proc/vmcore. Return 0, -ENOMEM, or the
 * error of reading the headers of /proc/vmcore. May sleep.
 */
int old_memory_map(void);

/* Unmap it, if it is mapped. */
void old_memory_unmap(void);

/* Return true if all of it is mapped with MEMREMAP_WB, and none page by page. */
bool old_memory_is_mapped(void);

/* Return the number behind the last page. */
unsigned long old_memory_end(void);

/*
 * Return a page of it until old_memory_put(). Return NULL if /proc/vmcore does
 * not list the page, or if it cannot be mapped. The page may have memory errors.
 */
const void *old_memory_get(unsigned long pfn);
void old_memory_put(void);

/*
 * Copy @size bytes of a page, and survive memory errors if the processor can.
 * Return false if they cannot be read.
 */
bool old_memory_read(void *to, phys_addr_t from, size_t size);

#endif /* CRASH_DM_CRYPT_OLD_MEMORY_H */
