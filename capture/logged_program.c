// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture/logged_program.h"
#include "capture/report.h"
#include "lib/run_program.h"

#define MAX_LOG_LINES 24
#define MAX_LOG_LINE  256

int logged_program_run(char *const *arguments, const char *log,
		       unsigned int seconds, struct error *error)
{
	/* There is no udev, so they must not wait for it. */
	static char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"MDADM_NO_UDEV=1", "LVM_SUPPRESS_FD_WARNINGS=1", NULL
	};
	const struct program program = {
		.arguments = arguments,
		.environment = environment,
		.log = log,
		.seconds = seconds,
	};

	return run_program(&program, error);
}

void logged_program_report(const char *step, const char *log)
{
	char line[MAX_LOG_LINE];
	unsigned int lines = 0;
	FILE *file = fopen(log, "re");

	if (!file)
		return;
	for (; fgets(line, sizeof(line), file); lines++) {
		line[strcspn(line, "\n")] = '\0';
		if (lines < MAX_LOG_LINES && line[0])
			report(step, "%s", line);
	}
	if (lines > MAX_LOG_LINES)
		report(step, "... and %u more lines", lines - MAX_LOG_LINES);
	fclose(file);
	unlink(log); /* its memory is needed */
}
