/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the memory in a vmcore of any format that libkdumpfile knows. */
#ifndef KDUMP_CRYPT_VMCORE_H
#define KDUMP_CRYPT_VMCORE_H

#include <libkdumpfile/kdumpfile.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"

struct vmcore {
	int fd;
	kdump_ctx_t *context;
	kdump_bmp_t *pagemap;
	size_t page_size;    /* bytes */
	uint64_t page_count; /* according to the file */
};

struct vmcore_read {
	uint64_t pages;	     /* that were read */
	uint64_t unreadable; /* that are damaged, or not in the file */
	char *reason; /* why the first of those could not be read; or NULL */
};

/*
 * Open the vmcore @file. Return 0, or -1 if it cannot be read as one. The
 * caller closes it with vmcore_close().
 */
int vmcore_open(struct vmcore *vmcore, const char *file, struct error *error);

void vmcore_close(struct vmcore *vmcore);

/*
 * Call @use for each page, in the order of rising addresses. Skip pages that
 * cannot be read. @page is wiped when this returns. Return 0, or -1 if no page
 * can be read. The caller frees the reason in @read in both cases.
 */
int vmcore_read_pages(const struct vmcore *vmcore, struct vmcore_read *read,
		      void (*use)(uint64_t address, const void *page,
				  void *context),
		      void *context, struct error *error);

#endif /* KDUMP_CRYPT_VMCORE_H */
