// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "tool/check/check_facts.h"
#include "tool/storage/dirty_arrays.h"

void check_raid(struct check *check, struct facts *facts)
{
	struct text_list arrays = {};
	char *problem = NULL;
	size_t i, j;

	for (i = 0; i < facts->targets.count; i++) {
		const struct block_stack *stack = &facts->targets.list[i].stack;

		for (j = 0; j < stack->arrays.count; j++)
			text_list_add_once(&arrays, stack->arrays.items[j]);
	}
	if (!facts->config.start_dirty_degraded)
		problem = dirty_arrays_problem(&arrays, "/sys");
	if (problem)
		check_warn(check, "replace the disk", "%s", problem);
	free(problem);
	text_list_release(&arrays);
}
