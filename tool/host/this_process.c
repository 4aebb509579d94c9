// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/this_process.h"

#define UNIFIED "0::" /* the line of cgroups version 2 begins with that */

char *this_process_command(const char *file)
{
	char text[4096];
	FILE *stream = fopen(file, "re");
	size_t length, i;

	if (!stream)
		return NULL;
	length = fread(text, 1, sizeof(text) - 1, stream);
	fclose(stream);
	while (length && !text[length - 1])
		length--;
	for (i = 0; i < length; i++)
		if (!text[i])
			text[i] = ' ';
	text[length] = '\0';
	return length ? xstrdup(text) : NULL;
}

static bool is_unit(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcmp(dot, ".service") || !strcmp(dot, ".scope"));
}

/* Return the last component that is a unit: a unit may have groups of its own. */
static char *find_unit(char *path)
{
	const char *unit = NULL;
	char *state, *name;

	for (name = strtok_r(path, "/", &state); name;
	     name = strtok_r(NULL, "/", &state))
		if (is_unit(name))
			unit = name;
	return xstrdup_or_null(unit);
}

char *this_process_unit(const char *file)
{
	char *text = textfile_read(file, NULL), *unit = NULL;
	char *line, *state;

	for (line = text ? strtok_r(text, "\n", &state) : NULL; line && !unit;
	     line = strtok_r(NULL, "\n", &state))
		if (!strncmp(line, UNIFIED, strlen(UNIFIED)))
			unit = find_unit(line + strlen(UNIFIED));
	free(text);
	return unit;
}
