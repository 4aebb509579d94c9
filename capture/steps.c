// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "capture/report.h"
#include "capture/steps.h"

#define MAX_STEPS 64 /* what comes after that counts to the last */

static struct {
	const char *name;
	double begin;
} steps[MAX_STEPS];
static unsigned int count;

void steps_begin(const char *name)
{
	if (count == MAX_STEPS ||
	    (count && !strcmp(steps[count - 1].name, name)))
		return;
	steps[count].name = name;
	/* The first has begun with the crash kernel. */
	steps[count].begin = count ? report_clock() : 0;
	count++;
}

void steps_fill(struct dump_info *info)
{
	unsigned int i;

	while (info->step_count)
		free(info->steps[--info->step_count].name);
	for (i = 0; i < count; i++)
		dump_info_add_step(info, steps[i].name,
				   (i + 1 < count ? steps[i + 1].begin :
						    report_clock()) -
					   steps[i].begin);
}
