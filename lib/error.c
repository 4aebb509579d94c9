// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/error.h"

#define CUT "..."

static void mark_as_cut(struct error *error)
{
	strcpy(error->reason + ERROR_REASON_SIZE - sizeof(CUT), CUT);
}

/* Append to the reason. */
static void append(struct error *error, const char *text)
{
	size_t length = strlen(error->reason);
	size_t room = ERROR_REASON_SIZE - length;

	if (snprintf(error->reason + length, room, "%s", text) >= (int)room)
		mark_as_cut(error);
}

__attribute__((format(printf, 3, 0))) static void
fill(struct error *error, int number, const char *format, va_list arguments)
{
	int length =
		vsnprintf(error->reason, ERROR_REASON_SIZE, format, arguments);

	error->number = number;
	if (length >= ERROR_REASON_SIZE)
		mark_as_cut(error);
}

int error_set(struct error *error, int number, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return -1;
	va_start(arguments, format);
	fill(error, number, format, arguments);
	va_end(arguments);
	return -1;
}

int error_set_errno(struct error *error, const char *format, ...)
{
	int number = errno;
	va_list arguments;

	if (!error)
		return -1;
	va_start(arguments, format);
	fill(error, number, format, arguments);
	va_end(arguments);
	append(error, ": ");
	append(error, strerror(number));
	errno = number;
	return -1;
}

static int set_for_path(struct error *error, const char *what, const char *path)
{
	error_set_errno(error, "cannot %s %s", what, path);
	if (error && (error->number == ENOSPC || error->number == EDQUOT))
		append(error,
		       ": free some space on its filesystem and try again");
	return -1;
}

int error_set_write(struct error *error, const char *path)
{
	return set_for_path(error, "write", path);
}

int error_set_make(struct error *error, const char *path)
{
	return set_for_path(error, "make", path);
}

int error_prefix(struct error *error, const char *format, ...)
{
	struct error whole;
	va_list arguments;

	if (!error)
		return -1;
	va_start(arguments, format);
	fill(&whole, error->number, format, arguments);
	va_end(arguments);
	append(&whole, ": ");
	append(&whole, error->reason);
	*error = whole;
	return -1;
}
