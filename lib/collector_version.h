/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions of makedumpfile that take free pages for pages in use.
 *
 * Since Linux 6.12, the type of a page is a number in the top byte of its
 * _mapcount. Versions up to 1.7.6 compare single bits of it, so they take free
 * pages for slab pages, and dump all memory that was ever used.
 */
#ifndef KDUMP_CRYPT_COLLECTOR_VERSION_H
#define KDUMP_CRYPT_COLLECTOR_VERSION_H

#include <stdbool.h>

/* Return true if @version, such as "1.7.6", is one of them. */
bool collector_version_keeps_free_pages(const char *version);

/*
 * Return true if other offsets and values of the fields of struct page can make
 * @version recognize free pages. @version may be NULL.
 */
bool collector_version_can_take_names(const char *version);

/*
 * Return true if the options in @core_collector allow that, too. With those
 * offsets and values, makedumpfile cannot distinguish anonymous pages from the
 * page cache. So it must leave out user data if it leaves out the page cache. It
 * must leave out free pages, and read no other file with names.
 */
bool collector_version_takes_names(const char *version,
				   const char *core_collector);

/*
 * Return true if @core_collector tells makedumpfile to leave out free pages, in
 * each dump level if it has several.
 */
bool collector_leaves_out_free_pages(const char *core_collector);

#endif /* KDUMP_CRYPT_COLLECTOR_VERSION_H */
