// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture/child.h"
#include "capture/clock.h"
#include "capture/deadlines.h"
#include "capture/report.h"
#include "capture/steps.h"
#include "capture/watchdog.h"
#include "capture/worker.h"

#define TICK_SECONDS 1
#define STACK_LINES  8

static int enter(void *context)
{
	void (*const *work)(void) = context;

	watchdog_leave();
	(*work)();
	return 0;
}

static enum worker_end judge(int status)
{
	if (!status)
		return WORKER_DONE;
	report(step_current(), "%s, giving up",
	       status == CHILD_NO_MEMORY ? "out of memory" :
					   "its process was killed");
	return WORKER_DIED;
}

/* Show where in the kernel it hangs. */
static void report_stack(const struct child *child)
{
	char file[32], line[128];
	unsigned int lines = 0;
	FILE *stack;

	snprintf(file, sizeof(file), "/proc/%d/stack", child->process);
	stack = fopen(file, "re");
	while (stack && lines++ < STACK_LINES &&
	       fgets(line, sizeof(line), stack))
		report(step_current(), "%.*s", (int)strcspn(line, "\n"), line);
	if (stack)
		fclose(stack);
}

static void give_up(struct child *child)
{
	report(step_current(), "takes too long, giving up");
	report_stack(child);
	child_give_up(child);
}

enum worker_end worker_run(void (*work)(void), void (*tick)(void))
{
	struct child child;
	int status;

	step_extend(WORKER_SECONDS);
	if (child_start(&child, enter, &work)) {
		work();
		return WORKER_DONE;
	}
	while (!child_wait(&child, TICK_SECONDS, &status)) {
		watchdog_set(step_current(), WORKER_SECONDS);
		tick();
		if (clock_now() >= step_deadline()) {
			give_up(&child);
			return WORKER_HANGS;
		}
	}
	return judge(status);
}
