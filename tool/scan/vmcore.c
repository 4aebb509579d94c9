// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/scan/vmcore.h"

/* The limits of all architectures. */
#define LEAST_PAGE_SIZE 4096
#define MOST_PAGE_SIZE	65536

/* Refuse directories, and /dev/mem, which libkdumpfile would read. */
static int open_regular_file(const char *file, struct error *error)
{
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return error_set_errno(error, "%s", file);
	if (!fstat(fd, &status) && S_ISREG(status.st_mode))
		return fd;
	close(fd);
	return error_set(error, EINVAL, "%s is not a file", file);
}

/* A mapped file that is shorter than its header says would kill this program. */
static kdump_status read_headers(struct vmcore *vmcore)
{
	kdump_status status;

	status = kdump_set_number_attr(vmcore->context,
				       KDUMP_ATTR_FILE_MMAP_POLICY,
				       KDUMP_MMAP_NEVER);
	if (status == KDUMP_OK)
		status = kdump_open_fd(vmcore->context, vmcore->fd);
	return status;
}

static kdump_status read_pagemap(struct vmcore *vmcore)
{
	kdump_attr_t pagemap;
	kdump_num_t size = 0;
	kdump_status status;

	/* kdump_get_typed_attr() has other arguments since version 0.5.6. */
	status = kdump_get_attr(vmcore->context, KDUMP_ATTR_FILE_PAGEMAP,
				&pagemap);
	if (status != KDUMP_OK)
		return status;
	if (pagemap.type != KDUMP_BITMAP)
		return KDUMP_ERR_INVALID;
	vmcore->pagemap = pagemap.val.bitmap;
	kdump_bmp_incref(vmcore->pagemap);
	status = kdump_get_number_attr(vmcore->context, KDUMP_ATTR_PAGE_SIZE,
				       &size);
	if (status == KDUMP_OK &&
	    (size < LEAST_PAGE_SIZE || size > MOST_PAGE_SIZE))
		return KDUMP_ERR_CORRUPT;
	vmcore->page_size = size;
	return status;
}

/*
 * Find the next run of pages that follow one another, from *@end on. Return
 * false if there is none left.
 */
static bool next_run(const struct vmcore *vmcore, uint64_t *first,
		     uint64_t *end)
{
	kdump_addr_t page = *end;

	if (kdump_bmp_find_set(vmcore->pagemap, &page) != KDUMP_OK)
		return false;
	*first = page;
	if (kdump_bmp_find_clear(vmcore->pagemap, &page) != KDUMP_OK)
		return false;
	*end = page;
	return *end > *first;
}

static uint64_t count_pages(const struct vmcore *vmcore)
{
	uint64_t first, end = 0, count = 0;

	while (next_run(vmcore, &first, &end))
		count += end - first;
	return count;
}

int vmcore_open(struct vmcore *vmcore, const char *file, struct error *error)
{
	const char *reason;
	kdump_status status;

	memset(vmcore, 0, sizeof(*vmcore));
	vmcore->fd = open_regular_file(file, error);
	if (vmcore->fd < 0)
		return -1;
	vmcore->context = kdump_new();
	if (!vmcore->context) {
		close(vmcore->fd);
		return error_set(error, ENOMEM, "%s", strerror(ENOMEM));
	}
	status = read_headers(vmcore);
	if (status == KDUMP_OK)
		status = read_pagemap(vmcore);
	if (status == KDUMP_OK) {
		vmcore->page_count = count_pages(vmcore);
		return 0;
	}
	reason = kdump_get_err(vmcore->context);
	error_set(error, 0, "%s cannot be read as a vmcore: %s", file,
		  reason ?: "its page size is invalid");
	vmcore_close(vmcore);
	return -1;
}

void vmcore_close(struct vmcore *vmcore)
{
	if (vmcore->pagemap)
		kdump_bmp_decref(vmcore->pagemap);
	kdump_free(vmcore->context);
	close(vmcore->fd);
}

static bool read_page(const struct vmcore *vmcore, struct vmcore_read *read,
		      uint64_t address, void *page)
{
	size_t size = vmcore->page_size;

	if (kdump_read(vmcore->context, KDUMP_MACHPHYSADDR, address, page,
		       &size) == KDUMP_OK) {
		read->pages++;
		return true;
	}
	if (!read->unreadable++)
		read->reason = xstrdup(kdump_get_err(vmcore->context));
	return false;
}

int vmcore_read_pages(const struct vmcore *vmcore, struct vmcore_read *read,
		      void (*use)(uint64_t address, const void *page,
				  void *context),
		      void *context, struct error *error)
{
	uint8_t *page = xrealloc(NULL, vmcore->page_size);
	uint64_t first, end = 0;

	memset(read, 0, sizeof(*read));
	while (next_run(vmcore, &first, &end))
		for (; first < end; first++) {
			uint64_t address = first * vmcore->page_size;

			if (read_page(vmcore, read, address, page))
				use(address, page, context);
		}
	explicit_bzero(page, vmcore->page_size);
	free(page);
	if (read->pages)
		return 0;
	return error_set(error, 0, "no page of the vmcore can be read: %s",
			 read->reason ?: "it contains none");
}
