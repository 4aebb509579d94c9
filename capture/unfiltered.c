// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/clock.h"
#include "capture/deadlines.h"
#include "capture/progress.h"
#include "capture/steps.h"
#include "capture/unfiltered.h"
#include "lib/zeros.h"

#define PAGE  4096
#define CHUNK (256 * PAGE)

struct copy {
	int from, to;
	off_t size, position;
	long long unreadable; /* bytes */
	char *buffer;
	struct progress progress;
};

static int write_page(struct copy *copy, const char *page, size_t size,
		      off_t position)
{
	while (size) {
		ssize_t written = pwrite(copy->to, page, size, position);

		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			page += written;
			position += written;
			size -= written;
		}
	}
	return 0;
}

static int write_pages(struct copy *copy, size_t length)
{
	size_t done, size;

	for (done = 0; done < length; done += size) {
		size = length - done < PAGE ? length - done : PAGE;
		if (!is_zero(copy->buffer + done, size) &&
		    write_page(copy, copy->buffer + done, size,
			       copy->position + done))
			return -1;
	}
	return 0;
}

static int copy_chunk(struct copy *copy, size_t length)
{
	ssize_t got = pread(copy->from, copy->buffer, length, copy->position);

	if (got <= 0) {
		/* The rest is worth having without a page that cannot be read. */
		got = length < PAGE ? length : PAGE;
		copy->unreadable += got;
	} else if (write_pages(copy, got)) {
		return -1;
	}
	copy->position += got;
	return 0;
}

static int copy_all(const char *step, struct copy *copy, unsigned int seconds)
{
	double end = clock_now() + UNFILTERED_SECONDS;

	while (copy->position < copy->size) {
		off_t left = copy->size - copy->position;

		if (clock_now() > end) {
			errno = ETIME;
			return -1;
		}
		step_begin(step, seconds);
		if (copy_chunk(copy, left < CHUNK ? left : CHUNK))
			return -1;
		progress_set(&copy->progress,
			     copy->position * 1000 / copy->size, clock_now());
		progress_report(&copy->progress, step, copy->position);
	}
	return ftruncate(copy->to, copy->size);
}

static int copy_between(const char *step, struct copy *copy,
			unsigned int seconds, struct error *error)
{
	struct stat status;

	copy->buffer = malloc(CHUNK);
	if (!copy->buffer || fstat(copy->from, &status))
		return error_set_errno(error, "cannot copy the memory");
	copy->size = status.st_size;
	if (!copy->size)
		return error_set(error, ENODATA, "the memory is empty");
	progress_init(&copy->progress, clock_now());
	if (copy_all(step, copy, seconds))
		return error_set_errno(error, "cannot write the copy");
	return 0;
}

int unfiltered_copy(const char *step, const char *vmcore, const char *file,
		    unsigned int seconds, long long *unreadable,
		    struct error *error)
{
	struct copy copy = {};
	int ret;

	copy.from = open(vmcore, O_RDONLY | O_CLOEXEC);
	if (copy.from < 0)
		return error_set_errno(error, "%s", vmcore);
	copy.to = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (copy.to < 0) {
		error_set_errno(error, "%s", file);
		close(copy.from);
		return -1;
	}
	ret = copy_between(step, &copy, seconds, error);
	*unreadable = copy.unreadable;
	free(copy.buffer);
	close(copy.from);
	if (close(copy.to) && !ret)
		ret = error_set_errno(error, "cannot write the copy");
	return ret;
}
