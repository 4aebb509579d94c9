/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory in a vmcore, of whatever format that libkdumpfile reads. */
#ifndef KDUMP_CRYPT_VMCORE_H
#define KDUMP_CRYPT_VMCORE_H

#include <libkdumpfile/kdumpfile.h>
#include <stddef.h>
#include <stdint.h>

struct vmcore {
	int fd;
	kdump_ctx_t *context;
	kdump_bmp_t *pagemap;
	size_t page_size;
	uint64_t page_count; /* that the file says to have */
};

/* What became of reading it. */
struct vmcore_read {
	uint64_t pages;
	uint64_t unreadable; /* others: damaged, or not there */
	char *reason;	     /* that of the first; NULL where none is */
};

/*
 * Returns 0, or -1 after the reason was printed. The caller closes it with
 * vmcore_close().
 */
int vmcore_open(struct vmcore *vmcore, const char *file);

void vmcore_close(struct vmcore *vmcore);

/*
 * Call @use for each page, by rising addresses. Pages that cannot be read are
 * passed over. Returns 0, or -1 after the reason was printed, where none can be
 * read. The caller frees the reason in @read.
 */
int vmcore_read_pages(const struct vmcore *vmcore, struct vmcore_read *read,
		      void (*use)(uint64_t address, const void *page,
				  void *context),
		      void *context);

#endif /* KDUMP_CRYPT_VMCORE_H */
