// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "tool/scan/scan.h"

#define PAGES_BETWEEN 1024 /* two calls of progress() */

static void search_page(uint64_t address, const void *page, void *context)
{
	struct scan *scan = context;

	key_search_page(&scan->search, address, page);
	if (++scan->pages % PAGES_BETWEEN == 0)
		scan->progress(scan->pages, scan->page_count);
}

int scan_vmcore(struct scan *scan, const struct vmcore *vmcore,
		struct scan_volumes *volumes,
		void (*progress)(uint64_t pages, uint64_t page_count),
		struct error *error)
{
	*scan = (struct scan) {
		.page_count = vmcore->page_count,
		.progress = progress,
	};
	key_search_init(&scan->search, volumes->keys, volumes->count,
			vmcore->page_size);
	if (vmcore_read_pages(vmcore, &scan->read, search_page, scan, error))
		return -1;
	key_search_finish(&scan->search);
	return 0;
}

bool scan_found_keys(const struct scan *scan)
{
	bool found = scan->search.other_pages.count;
	size_t i;

	for (i = 0; i < scan->search.key_count; i++)
		found |= key_search_found(&scan->search.keys[i]);
	return found;
}

void scan_release(struct scan *scan)
{
	free(scan->read.reason);
	key_search_release(&scan->search);
}
