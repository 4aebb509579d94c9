// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdatomic.h>
#include <unistd.h>

#include "capture/clock.h"
#include "capture/machine.h"
#include "capture/report.h"
#include "capture/shared.h"
#include "capture/watchdog.h"
#include "lib/textfile.h"

/* Shared by the two processes, which have the same string constants. */
static struct {
	_Atomic(const char *) step;
	_Atomic long deadline; /* by clock_now() */
} *shared;

static void watch(void)
{
	struct error error;

	/* Exempt the watchdog from the OOM killer. */
	if (textfile_write("/proc/self/oom_score_adj", "-1000", &error))
		report(shared->step, "the OOM killer may kill the watchdog: %s",
		       error.reason);
	while (clock_now() < shared->deadline)
		sleep(1);
	report(shared->step,
	       "takes too long, giving up: restarting the machine");
	machine_restart_at_once();
}

int watchdog_start(const char *step, unsigned int seconds, struct error *error)
{
	pid_t child;

	shared = shared_memory(sizeof(*shared));
	watchdog_set(step, seconds);

	child = fork();
	if (!child) {
		watch();
		_exit(1);
	}
	if (child < 0)
		return error_set_errno(error, "cannot start the watchdog");
	return 0;
}

void watchdog_stop(void)
{
	if (shared)
		shared->deadline = LONG_MAX;
}

void watchdog_set(const char *step, unsigned int seconds)
{
	if (!shared)
		return;
	shared->step = step;
	shared->deadline = clock_now() + seconds;
}

void watchdog_leave(void)
{
	shared = NULL;
}
