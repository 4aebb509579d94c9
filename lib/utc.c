// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "lib/utc.h"
#include "lib/xalloc.h"

#define SIZE 64 /* of a text, with a year of more than four digits */

char *utc_for_json(int64_t when)
{
	time_t seconds = when;
	char text[SIZE] = "";
	struct tm utc;

	if (gmtime_r(&seconds, &utc))
		strftime(text, SIZE, UTC_FOR_JSON, &utc);
	return xstrdup(text);
}

char *utc_for_people(int64_t when)
{
	time_t seconds = when;
	char text[SIZE] = "";
	struct tm utc;

	if (gmtime_r(&seconds, &utc))
		strftime(text, SIZE, "%Y-%m-%d %H:%M:%S", &utc);
	return xstrdup(text);
}
