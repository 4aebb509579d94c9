// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>

#include "capture/clock.h"
#include "capture/console.h"
#include "capture/report.h"

void report(const char *step, const char *format, ...)
{
	char text[512], line[640];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	/* A single write, so that no kernel message gets into the line. */
	snprintf(line, sizeof(line), "kdump-crypt: [%6.2fs] %s: %s\n",
		 clock_now(), step, text);
	console_print(line);
}
