/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In the crash kernel: keep pages of the crashed kernel that contain key
 * material out of /proc/vmcore. Whoever reads or maps it gets zeros instead.
 */
#ifndef CRASH_DM_CRYPT_HIDE_H
#define CRASH_DM_CRYPT_HIDE_H

#include "area.h"

/* The most bytes of memory that hiding takes besides the search patterns. */
#define HIDE_MAX_RECORDS (16 * 1024)

/*
 * Take part in reading /proc/vmcore, without hiding anything yet. Call this, or
 * hide_begin(), which does the same, before /proc/vmcore is opened: the kernel
 * warns otherwise. The module cannot be removed any more. Calls must not overlap.
 */
void hide_register(void);

/*
 * From now on hide pages with keys of a valid @area. The module cannot be
 * removed any more, because that would show the pages again. Calls of
 * hide_begin() and hide_end() must not overlap.
 * Return -EINVAL if a key is too short to search for, -EOPNOTSUPP if memory is
 * encrypted, -ENOMEM, or the error of reading the headers of /proc/vmcore. May
 * sleep.
 *
 * The kernel asks the callbacks of other drivers before this one, if they were
 * registered before. Only pages that are in the headers are searched, and only
 * when they are read or mapped.
 */
int hide_begin(const struct area *area);

/*
 * From now on hide the free pages that processors hold (see free_pages.h), too.
 * Call this before or after hide_begin(). Calls must not overlap. Return
 * -EOPNOTSUPP if memory is encrypted or the crashed kernel is not known well
 * enough, -ENODEV after hide_end(), -ENOMEM, or the error of reading /proc/vmcore.
 * May sleep.
 */
int hide_free_pages(void);

/* Return true after hide_free_pages() has succeeded. */
bool hide_leaves_out_free_pages(void);

/* Wipe the search patterns. From now on all pages are hidden. May sleep. */
void hide_end(void);

/*
 * Return true if a page of the crashed kernel may be shown. Search it if it was
 * not searched just before. May sleep.
 */
bool hide_shows_page(unsigned long pfn);

/* Return true between hide_begin() and hide_end(). */
bool hide_is_on(void);

/*
 * Return the number of pages with keys that were hidden so far. If more than a
 * thousand pages were hidden, this may count some of them twice.
 */
unsigned long hide_count(void);

/* The same for pages that were hidden because they could not be read. */
unsigned long hide_unreadable_count(void);

#endif /* CRASH_DM_CRYPT_HIDE_H */
