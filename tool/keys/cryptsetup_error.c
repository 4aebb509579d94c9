// SPDX-License-Identifier: GPL-2.0-or-later
#include <libcryptsetup.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/keys/cryptsetup_error.h"

#define LOGGED_SIZE  512
#define SENTENCE_END ".\n"

static char logged[LOGGED_SIZE]; /* without the end of the sentence */

static void keep(int level, const char *message, void *context)
{
	size_t length = strlen(message);

	(void)context;
	if (level != CRYPT_LOG_ERROR)
		return;
	while (length && strchr(SENTENCE_END, message[length - 1]))
		length--;
	snprintf(logged, sizeof(logged), "%.*s", (int)length, message);
}

void cryptsetup_error_start(void)
{
	logged[0] = '\0';
	crypt_set_log_callback(NULL, keep, NULL);
}

int cryptsetup_error_set(struct error *error, int code, const char *format, ...)
{
	va_list arguments;
	char *text;

	if (logged[0])
		error_set(error, -code, "%s (%s)", strerror(-code), logged);
	else
		error_set(error, -code, "%s", strerror(-code));
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) >= 0) {
		error_prefix(error, "%s", text);
		free(text);
	}
	va_end(arguments);
	return -1;
}
