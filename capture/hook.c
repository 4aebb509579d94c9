// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "capture/deadlines.h"
#include "capture/hook.h"
#include "capture/logged_program.h"
#include "capture/report.h"
#include "capture/steps.h"

#define LOG "/run/hook.log"

/* A program may exit with a status above 128 itself, such as 255 for -1. */
static bool is_signal(int status)
{
	return status > 128 && status <= 128 + SIGRTMAX;
}

int hook_run(const char *step, char *program, char *argument)
{
	char *arguments[] = { program, argument, NULL };
	struct error error;
	int ret;

	if (!program)
		return 0;
	step_begin(step, HOOK_SECONDS + KILL_MARGIN_SECONDS);
	report(step, "running %s", program);
	ret = logged_program_run(arguments, LOG, HOOK_SECONDS, &error);
	logged_program_report(step, LOG);
	if (ret < 0)
		report(step, "%s: going on", error.reason);
	else if (is_signal(ret))
		report(step, "%s was ended by signal %d: going on", program,
		       ret - 128);
	else if (ret)
		report(step, "%s failed with status %d", program, ret);
	return ret < 0 || is_signal(ret) ? 0 : ret;
}
