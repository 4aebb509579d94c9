// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/keys/key_expiry.h"

/* See proc_keys_show() in the kernel. */
static long long seconds_of(const char *text)
{
	static const struct {
		char unit;
		int seconds;
	} units[] = {
		{ 's', 1 },
		{ 'm', 60 },
		{ 'h', 3600 },
		{ 'd', 24 * 3600 },
		{ 'w', 7 * 24 * 3600 },
	};
	char *end;
	long long number = strtoll(text, &end, 10);
	size_t i;

	if (!strcmp(text, "perm"))
		return KEY_EXPIRY_NEVER;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (*end == units[i].unit)
			return number * units[i].seconds;
	return 0;
}

long long key_expiry_find(const char *keys, key_serial_t serial)
{
	FILE *stream = fopen(keys, "re");
	long long seconds = 0;
	size_t capacity = 0;
	char *line = NULL, expiry[16];
	unsigned int found;

	if (!stream)
		return 0;
	while (getline(&line, &capacity, stream) >= 0)
		if (sscanf(line, "%x %*s %*s %15s", &found, expiry) == 2 &&
		    found == (unsigned int)serial)
			seconds = seconds_of(expiry);
	free(line);
	fclose(stream);
	return seconds;
}
