// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "capture/clock.h"
#include "capture/shared.h"
#include "capture/steps.h"
#include "capture/watchdog.h"

#define MAX_STEPS 64 /* the last one gets the time of those that follow */

/* Shared by all processes of the capture, which have the same string constants. */
static struct steps {
	const char *current;
	double deadline;
	unsigned int count;
	struct {
		const char *name;
		double begin;
	} list[MAX_STEPS];
} first = { .current = "start" }, *steps = &first;

static void record(const char *name)
{
	unsigned int count = steps->count;

	if (count == MAX_STEPS ||
	    (count && !strcmp(steps->list[count - 1].name, name)))
		return;
	steps->list[count].name = name;
	/* The first step began with the crash kernel. */
	steps->list[count].begin = count ? clock_now() : 0;
	steps->count++;
}

void steps_share(void)
{
	steps = shared_memory(sizeof(*steps));
	*steps = first;
}

void step_begin(const char *name, unsigned int seconds)
{
	steps->current = name;
	record(name);
	step_extend(seconds);
}

void step_extend(unsigned int seconds)
{
	steps->deadline = clock_now() + seconds;
	watchdog_set(steps->current, seconds);
}

const char *step_current(void)
{
	return steps->current;
}

double step_deadline(void)
{
	return steps->deadline;
}

void steps_fill(struct dump_info *info)
{
	unsigned int i;

	while (info->step_count)
		free(info->steps[--info->step_count].name);
	for (i = 0; i < steps->count; i++)
		dump_info_add_step(info, steps->list[i].name,
				   (i + 1 < steps->count ?
					    steps->list[i + 1].begin :
					    clock_now()) -
					   steps->list[i].begin);
}
