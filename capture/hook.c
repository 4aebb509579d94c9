// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "capture/hook.h"
#include "capture/program.h"
#include "capture/report.h"
#include "capture/watchdog.h"

#define LOG	     "/run/hook.log"
#define HOOK_SECONDS 120
#define HOOK_MARGIN  60 /* for its end, until the watchdog steps in */

void hook_run(const char *step, char *program, char *argument)
{
	char *arguments[] = { program, argument, NULL };
	int ret;

	if (!program)
		return;
	watchdog_step(step, HOOK_SECONDS + HOOK_MARGIN);
	report(step, "running %s", program);
	ret = program_run(arguments, LOG, HOOK_SECONDS);
	program_report_log(step, LOG);
	if (ret < 0)
		report(step, "%s could not be run, or does not end: going on",
		       program);
	else if (ret > 128)
		report(step,
		       "%s was ended by signal %d, after %d seconds at the latest: going on",
		       program, ret - 128, HOOK_SECONDS);
	else if (ret)
		report(step, "%s failed with status %d: going on", program,
		       ret);
}
