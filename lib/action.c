// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <string.h>

#include "lib/action.h"

static const char *const action_names[] = {
	[ACTION_REBOOT] = "reboot",
	[ACTION_POWEROFF] = "poweroff",
	[ACTION_HALT] = "halt",
	[ACTION_SHELL] = "shell",
};

#define ACTION_COUNT (sizeof(action_names) / sizeof(action_names[0]))

const char *action_name(enum action action)
{
	return action_names[action];
}

int action_from_name(const char *name, enum action *action)
{
	size_t i;

	for (i = 0; i < ACTION_COUNT; i++) {
		if (!strcmp(name, action_names[i])) {
			*action = i;
			return 0;
		}
	}
	return -1;
}
