// SPDX-License-Identifier: GPL-2.0-or-later
#include <endian.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/kexec/kernel_format.h"

/*
 * Documentation/arch/arm64/booting.rst: the decompressed image has a header of
 * 64 bytes. Its image_size is the memory of the image with what follows it, such
 * as .bss. There is no field for the version, but the text of /proc/version.
 */
#define IMAGE_SIZE_AT 16
#define MAGIC_AT      56
#define MAGIC	      "ARM\x64"
#define BANNER	      "Linux version "
#define STEP	      (1 << 20)
#define OVERLAP	      256 /* longer than a version */

static bool matches(FILE *stream)
{
	char magic[4];

	return kernel_format_read(stream, MAGIC_AT, magic, sizeof(magic)) &&
	       !memcmp(magic, MAGIC, sizeof(magic));
}

/* "Linux version %s" is in there, too. The end of a version may be cut off. */
static char *version_in(const char *text, size_t length)
{
	const char *end = text + length, *found = text;

	while ((found = memmem(found, end - found, BANNER, strlen(BANNER)))) {
		found += strlen(BANNER);
		if (*found >= '0' && *found <= '9' &&
		    memchr(found, ' ', end - found))
			return kernel_format_first_word(found);
	}
	return NULL;
}

static char *version(FILE *stream)
{
	char *buffer = xrealloc(NULL, STEP + OVERLAP + 1), *found = NULL;
	size_t kept = 0, got;

	rewind(stream);
	while (!found && (got = fread(buffer + kept, 1, STEP, stream))) {
		buffer[kept + got] = '\0';
		found = version_in(buffer, kept + got);
		got += kept;
		kept = got < OVERLAP ? got : OVERLAP;
		memmove(buffer, buffer + got - kept, kept);
	}
	free(buffer);
	return found;
}

static long long memory(FILE *stream)
{
	uint64_t size;

	return kernel_format_read(stream, IMAGE_SIZE_AT, &size, sizeof(size)) ?
		       (long long)le64toh(size) :
		       0;
}

const struct kernel_format kernel_format_arm64 = {
	.name = "an arm64 Image",
	.matches = matches,
	.version = version,
	.memory = memory,
};
