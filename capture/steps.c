// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "capture/clock.h"
#include "capture/steps.h"
#include "capture/watchdog.h"

#define MAX_STEPS 64 /* the last one gets the time of those that follow */

static struct {
	const char *name;
	double begin;
} steps[MAX_STEPS];
static unsigned int count;
static const char *current = "start";

static void record(const char *name)
{
	if (count == MAX_STEPS ||
	    (count && !strcmp(steps[count - 1].name, name)))
		return;
	steps[count].name = name;
	/* The first step began with the crash kernel. */
	steps[count].begin = count ? clock_now() : 0;
	count++;
}

void step_begin(const char *name, unsigned int seconds)
{
	current = name;
	record(name);
	watchdog_set(name, seconds);
}

const char *step_current(void)
{
	return current;
}

void steps_fill(struct dump_info *info)
{
	unsigned int i;

	while (info->step_count)
		free(info->steps[--info->step_count].name);
	for (i = 0; i < count; i++)
		dump_info_add_step(info, steps[i].name,
				   (i + 1 < count ? steps[i + 1].begin :
						    clock_now()) -
					   steps[i].begin);
}
