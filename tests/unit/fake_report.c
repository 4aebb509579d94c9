// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "capture/report.h"
#include "tests/unit/fake_report.h"
#include "tests/unit/scratch.h"

char last_report[256];
unsigned int reports;

void report(const char *step, const char *format, ...)
{
	va_list arguments;

	assert_string_equal(step, "test");
	va_start(arguments, format);
	vsnprintf(last_report, sizeof(last_report), format, arguments);
	va_end(arguments);
	reports++;
}
