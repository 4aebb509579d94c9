// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/host/decompress.h"
#include "tool/kexec/kernel_file.h"
#include "tool/kexec/kernel_format.h"

#define GZIP_MAGIC "\x1f\x8b"

/* drivers/firmware/efi/libstub/zboot-header.S */
#define ZBOOT_MAGIC	 "MZ\0\0zimg"
#define ZBOOT_PAYLOAD_AT 8 /* its offset and its size */

struct payload {
	uint32_t offset, size;
};

/* Return true if the file contains a compressed image. */
static bool find_payload(FILE *stream, struct payload *payload)
{
	unsigned char head[ZBOOT_PAYLOAD_AT + sizeof(*payload)];
	struct stat file;

	if (!kernel_format_read(stream, 0, head, sizeof(head)) ||
	    fstat(fileno(stream), &file) || file.st_size > UINT32_MAX)
		return false;
	if (!memcmp(head, GZIP_MAGIC, strlen(GZIP_MAGIC))) {
		payload->offset = 0;
		payload->size = file.st_size;
		return true;
	}
	if (memcmp(head, ZBOOT_MAGIC, ZBOOT_PAYLOAD_AT))
		return false;
	memcpy(payload, head + ZBOOT_PAYLOAD_AT, sizeof(*payload));
	payload->offset = le32toh(payload->offset);
	payload->size = le32toh(payload->size);
	return payload->size && payload->size <= file.st_size;
}

/* Return a stream with this content. Return NULL with errno on failure. */
static FILE *open_memory(const void *data, size_t size)
{
	int fd = memfd_create("kernel", MFD_CLOEXEC);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r+");

	if (!stream && fd >= 0)
		close(fd);
	if (stream && (fwrite(data, size, 1, stream) != 1 || fflush(stream))) {
		fclose(stream);
		stream = NULL;
	}
	return stream;
}

static FILE *open_payload(FILE *stream, const struct payload *payload,
			  const char *file, struct error *error)
{
	char *compressed = xrealloc(NULL, payload->size), *image = NULL;
	FILE *opened = NULL;
	struct error reason;
	size_t size;

	if (!kernel_format_read(stream, payload->offset, compressed,
				payload->size))
		error_set(error, 0, "cannot read the kernel image %s", file);
	else if (!(image = decompress_data(compressed, payload->size, &size,
					   &reason)))
		error_set(error, 0, "cannot decompress the kernel image %s: %s",
			  file, reason.reason);
	else if (!(opened = open_memory(image, size)))
		error_set_errno(error, "cannot decompress the kernel image %s",
				file);
	free(compressed);
	free(image);
	return opened;
}

FILE *kernel_file_open(const char *file, struct error *error)
{
	FILE *stream = fopen(file, "re"), *opened;
	struct payload payload;

	if (!stream) {
		error_set_errno(error, "cannot use the kernel image %s", file);
		return NULL;
	}
	if (!find_payload(stream, &payload)) {
		clearerr(stream);
		return stream;
	}
	opened = open_payload(stream, &payload, file, error);
	fclose(stream);
	return opened;
}
