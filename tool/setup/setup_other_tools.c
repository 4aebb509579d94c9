// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "tool/host/other_tools.h"
#include "tool/setup/setup.h"

#define RULES		"50-kdump-tools.rules"
#define PACKAGED_RULES	"/usr/lib/udev/rules.d/" RULES
#define RULES_DIRECTORY "/etc/udev/rules.d"

static int want_no_rules(struct setup *setup, struct error *error)
{
	return setup_want_file(
		setup, RULES_DIRECTORY, RULES,
		"# Written by kdump-crypt setup; kdump-crypt setup --undo removes it.\n"
		"#\n"
		"# This file replaces " PACKAGED_RULES ". That loads\n"
		"# the crash kernel of kdump-tools when a CPU or memory is added or removed, even\n"
		"# if its service is disabled, in place of the crash kernel that is loaded. The\n"
		"# kernel itself updates the crash kernel that kdump-crypt has loaded.",
		NO_FOLLOW_UP, error);
}

int setup_other_tools(struct setup *setup, struct error *error)
{
	struct text_list enabled = {};
	size_t i;

	other_tools_find(&enabled);
	for (i = 0; i < enabled.count; i++) {
		setup_report(
			setup, "Other tool",
			"%s is enabled and loads a crash kernel, too, but only one can be loaded",
			enabled.items[i]);
		change_want_other_service(&setup->wanted, enabled.items[i]);
	}
	text_list_release(&enabled);
	return access(PACKAGED_RULES, F_OK) ? 0 : want_no_rules(setup, error);
}
