// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/progress.h"
#include "capture/report.h"
#include "capture/unfiltered.h"
#include "capture/watchdog.h"
#include "lib/xalloc.h"
#include "lib/zeros.h"

#define PAGE		 4096
#define CHUNK		 (256 * PAGE)
#define PROGRESS_SECONDS 2 /* between two lines about it */

struct copy {
	int from, to;
	off_t size, position;
	off_t unreadable; /* bytes */
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
		/* One page that the hardware does not give must not cost all. */
		got = length < PAGE ? length : PAGE;
		copy->unreadable += got;
	} else if (write_pages(copy, got)) {
		return -1;
	}
	copy->position += got;
	return 0;
}

static void report_progress(const char *step, struct copy *copy)
{
	char line[128];
	double now = report_clock();

	if (now - copy->progress.last_time < PROGRESS_SECONDS)
		return;
	progress_set(&copy->progress, copy->position * 1000 / copy->size, now);
	progress_format(&copy->progress, copy->position, now, line,
			sizeof(line));
	report(step, "%s", line);
}

static int copy_all(const char *step, struct copy *copy, unsigned int stall)
{
	while (copy->position < copy->size) {
		off_t left = copy->size - copy->position;

		watchdog_step(step, stall);
		if (copy_chunk(copy, left < CHUNK ? left : CHUNK))
			return -1;
		report_progress(step, copy);
	}
	if (copy->unreadable)
		report(step,
		       "%lld bytes could not be read: they are zeros in the vmcore",
		       (long long)copy->unreadable);
	return ftruncate(copy->to, copy->size);
}

int unfiltered_copy(const char *step, const char *vmcore, const char *file,
		    unsigned int stall)
{
	struct copy copy = { .from = open(vmcore, O_RDONLY | O_CLOEXEC) };
	struct stat status;
	int ret = -1, error;

	copy.to = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	copy.buffer = malloc(CHUNK);
	progress_init(&copy.progress, report_clock());
	if (copy.from >= 0 && copy.to >= 0 && copy.buffer &&
	    !fstat(copy.from, &status) && status.st_size) {
		copy.size = status.st_size;
		ret = copy_all(step, &copy, stall);
	}
	error = errno;
	free(copy.buffer);
	if (copy.from >= 0)
		close(copy.from);
	if (copy.to >= 0 && close(copy.to) && !ret) {
		ret = -1;
		error = errno;
	}
	errno = error;
	return ret;
}
