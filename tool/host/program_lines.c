// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>

#include "lib/run_program.h"
#include "tool/host/program_lines.h"

int program_lines_for_each(char *const *arguments,
			   void (*visit)(char *line, void *context),
			   void *context)
{
	struct error error;
	int ret = run_program_for_each_line(arguments, visit, context, &error);

	if (ret < 0)
		warnx("%s", error.reason);
	return ret ? -1 : 0;
}
