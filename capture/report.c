// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "capture/console.h"
#include "capture/report.h"

double report_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

void report(const char *step, const char *format, ...)
{
	char text[512], line[640];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	/* One write, lest kernel messages get into the line. */
	snprintf(line, sizeof(line), "kdump-crypt: [%6.2fs] %s: %s\n",
		 report_clock(), step, text);
	console_print(line);
}
