// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

#include "lib/xalloc.h"
#include "tool/host/decompress.h"

#define STEP (256 * 1024) /* bytes read at a time */

/* libarchive sees a compressed file as an archive with a single entry. */
static struct archive *new_reader(void)
{
	struct archive *reader = archive_read_new();

	archive_read_support_filter_all(reader);
	archive_read_support_format_raw(reader);
	return reader;
}

static int fail(struct archive *reader, struct error *error)
{
	return error_set(error, 0, "%s",
			 archive_error_string(reader) ?: "no content");
}

/* @opened is what archive_read_open_...() returned. The reader is freed. */
static char *read_all(struct archive *reader, int opened, size_t *size,
		      struct error *error)
{
	struct archive_entry *entry;
	char *data = NULL;
	ssize_t got = -1;

	*size = 0;
	if (!opened && !archive_read_next_header(reader, &entry)) {
		do {
			data = xrealloc(data, *size + STEP);
			got = archive_read_data(reader, data + *size, STEP);
			*size += got > 0 ? got : 0;
		} while (got > 0);
	}
	if (got < 0) {
		fail(reader, error);
		free(data);
		data = NULL;
	}
	archive_read_free(reader);
	return data;
}

char *decompress_file(const char *file, size_t *size, struct error *error)
{
	struct archive *reader = new_reader();

	return read_all(reader, archive_read_open_filename(reader, file, STEP),
			size, error);
}

char *decompress_data(const void *compressed, size_t length, size_t *size,
		      struct error *error)
{
	struct archive *reader = new_reader();

	return read_all(reader,
			archive_read_open_memory(reader, compressed, length),
			size, error);
}

long long decompress_size(const void *data, size_t size, struct error *error)
{
	struct archive *reader = new_reader();
	struct archive_entry *entry;
	long long bytes = 0;
	char text[4096];
	ssize_t got = -1;

	if (!archive_read_open_memory(reader, data, size) &&
	    !archive_read_next_header(reader, &entry))
		while ((got = archive_read_data(reader, text, sizeof(text))) >
		       0)
			bytes += got;
	if (got < 0)
		bytes = fail(reader, error);
	archive_read_free(reader);
	return bytes;
}
