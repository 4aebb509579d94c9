// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "lib/xalloc.h"
#include "tool/kexec/kernel_format.h"

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
