// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/arm/armed_target.h"
#include "tool/keys/volume_header.h"

#define LOAD "run kdump-crypt load"

void armed_target_record(struct armed_state *state, const struct target *target)
{
	const struct block_stack *stack = &target->stack;
	size_t i;

	state->filesystem_device = xstrdup(target->filesystem_device);
	for (i = 0; i < stack->logical_volumes.count; i++)
		text_list_add(&state->layers, stack->logical_volumes.items[i]);
	for (i = 0; i < stack->arrays.count; i++)
		text_list_add(&state->layers, stack->arrays.items[i]);
}

/* Return true if the crash kernel would still find the filesystem by its UUID. */
static bool has_same_uuid(const struct armed_state *state,
			  const struct target *target)
{
	char *uuid = target_filesystem_uuid(target, NULL);
	bool same = uuid && text_list_has(&state->filesystem_uuids, uuid);

	free(uuid);
	return same;
}

static int check_volumes(const struct target *target, struct error *error)
{
	const struct block_stack *stack = &target->stack;
	size_t i;

	for (i = 0; i < stack->volume_count; i++)
		if (volume_check(stack->volumes[i].device,
				 stack->volumes[i].luks_uuid, error))
			return -1;
	return 0;
}

static enum armed_target_state compare(const struct armed_state *state,
				       const struct target *target, char **text)
{
	struct error error;

	if (state->filesystem_device &&
	    strcmp(state->filesystem_device, target->filesystem_device)) {
		/* It may be on a volume whose key nobody has linked yet. */
		*text = xstrdup(
			"the dump path is on another filesystem than when the crash kernel was loaded: run kdump-crypt setup, then kdump-crypt load");
		return ARMED_TARGET_CHANGED;
	}
	if (!text_list_has_all(&state->layers,
			       &target->stack.logical_volumes) ||
	    !text_list_has_all(&state->layers, &target->stack.arrays)) {
		*text = xasprintf(
			"a logical volume or array below %s was renamed or replaced since the crash kernel was loaded: " LOAD,
			state->path);
		return ARMED_TARGET_CHANGED;
	}
	if (geteuid() || target->stack.is_suspended)
		return ARMED_TARGET_SAME;
	if (check_volumes(target, &error)) {
		*text = xstrdup(error.reason);
		return ARMED_TARGET_CHANGED;
	}
	if (!has_same_uuid(state, target)) {
		*text = xasprintf(
			"the UUID of the filesystem at %s was changed since the crash kernel was loaded: " LOAD,
			state->path);
		return ARMED_TARGET_CHANGED;
	}
	return ARMED_TARGET_SAME;
}

enum armed_target_state armed_target_compare(const struct armed_state *state,
					     char **text)
{
	enum armed_target_state result;
	struct target target;
	struct error error;

	*text = NULL;
	if (target_resolve(&target, state->path, "/proc/self/mountinfo", "/sys",
			   &error)) {
		/* Some of it only root may read. */
		if (geteuid())
			return ARMED_TARGET_SAME;
		*text = xasprintf("%s: run kdump-crypt check", error.reason);
		return error.number == ENOENT ? ARMED_TARGET_MISSING :
						ARMED_TARGET_CHANGED;
	}
	result = compare(state, &target, text);
	target_release(&target);
	return result;
}
