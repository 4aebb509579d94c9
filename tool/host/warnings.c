// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text_list.h"
#include "tool/host/warnings.h"

static FILE *printing; /* what stderr is when nothing is kept */
static char *kept;
static size_t kept_size;

void warnings_keep(void)
{
	FILE *stream = open_memstream(&kept, &kept_size);

	if (!stream)
		err(EXIT_FAILURE, "cannot keep warnings");
	/* glibc lets one set it. */
	printing = stderr;
	stderr = stream;
}

static const char *without_program(const char *line)
{
	size_t length = strlen(program_invocation_short_name);

	if (!strncmp(line, program_invocation_short_name, length) &&
	    !strncmp(line + length, ": ", 2))
		return line + length + 2;
	return line;
}

char *warnings_take(void)
{
	struct text_list lines = {};
	char *line, *state, *joined;

	fclose(stderr);
	stderr = printing;
	for (line = strtok_r(kept, "\n", &state); line;
	     line = strtok_r(NULL, "\n", &state))
		text_list_add(&lines, without_program(line));
	free(kept);
	joined = text_list_join(&lines, "; ");
	text_list_release(&lines);
	return joined;
}
