// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/machine.h"
#include "capture/report.h"
#include "capture/steps.h"
#include "capture/watchdog.h"
#include "lib/textfile.h"

#define START_SECONDS 60 /* until the first step begins */

/* Shared by the two processes, which have the same string constants. */
static struct {
	_Atomic(const char *) step;
	_Atomic long deadline; /* by report_clock() */
} *shared;

static void watch(void)
{
	/* For want of memory anything may be killed but what bounds the rest. */
	if (textfile_write("/proc/self/oom_score_adj", "-1000", NULL))
		report("start", "the watchdog may be killed where memory ends");
	while (report_clock() < shared->deadline)
		sleep(1);
	report(shared->step,
	       "takes too long, giving up: restarting the machine");
	machine_restart_at_once();
}

int watchdog_start(void)
{
	void *memory = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	if (memory == MAP_FAILED)
		return -1;
	shared = memory;
	watchdog_step("start", START_SECONDS);

	child = fork();
	if (!child) {
		watch();
		_exit(1);
	}
	return child < 0 ? -1 : 0;
}

void watchdog_stop(void)
{
	if (shared)
		shared->deadline = LONG_MAX;
}

void watchdog_step(const char *step, unsigned int seconds)
{
	steps_begin(step);
	if (!shared)
		return;
	shared->step = step;
	shared->deadline = report_clock() + seconds;
}
