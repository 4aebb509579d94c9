// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"

static void exit_with_message(void)
{
	errx(EXIT_FAILURE, "out of memory");
}

static void (*handle)(void) = exit_with_message;

void xalloc_set_handler(void (*handler)(void))
{
	handle = handler;
}

void *xcheck(void *memory)
{
	if (!memory) {
		handle();
		abort();
	}
	return memory;
}

char *xstrdup(const char *text)
{
	return xcheck(strdup(text));
}

char *xstrdup_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

char *xvasprintf(const char *format, va_list arguments)
{
	char *text;
	int length = vasprintf(&text, format, arguments);

	return xcheck(length < 0 ? NULL : text);
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
	return xcheck(realloc(memory, size));
}
