// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/kexec/kernel_format.h"

#define BANNER	"Linux version "
#define STEP	(1 << 20)
#define OVERLAP 256 /* longer than a version */

bool kernel_format_read(FILE *stream, long offset, void *data, size_t size)
{
	return !fseek(stream, offset, SEEK_SET) &&
	       fread(data, size, 1, stream) == 1;
}

char *kernel_format_first_word(const char *text)
{
	size_t length = strcspn(text, " ");

	return length ? xasprintf("%.*s", (int)length, text) : NULL;
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

char *kernel_format_version_in_banner(FILE *stream)
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
