// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"

char *xstrdup(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		errx(EXIT_FAILURE, "out of memory");
	return copy;
}

char *xstrdup_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

char *xvasprintf(const char *format, va_list arguments)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0)
		errx(EXIT_FAILURE, "out of memory");
	return text;
}

char *xasprintf(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = xvasprintf(format, arguments);
	va_end(arguments);
	return text;
}

void *xrealloc(void *memory, size_t size)
{
	void *larger = realloc(memory, size);

	if (!larger)
		errx(EXIT_FAILURE, "out of memory");
	return larger;
}
