// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "tool/host/other_tools.h"
#include "tool/setup/setup.h"

#define RULES		"50-kdump-tools.rules"
#define PACKAGED_RULES	"/usr/lib/udev/rules.d/" RULES
#define RULES_DIRECTORY "/etc/udev/rules.d"

static int want_no_rules(struct setup *setup)
{
	return setup_want_file(
		setup, RULES_DIRECTORY, RULES,
		"# Written by kdump-crypt setup; kdump-crypt setup --undo removes it.\n"
		"#\n"
		"# In place of " PACKAGED_RULES ": as a CPU or memory\n"
		"# comes or goes, that loads the crash kernel of kdump-tools in place of whatever is\n"
		"# loaded, whether its service is enabled or not. What kdump-crypt has loaded, the\n"
		"# kernel keeps up to date by itself.",
		NO_FOLLOW_UP);
}

int setup_other_tools(struct setup *setup)
{
	struct text_list enabled = {};
	size_t i;

	other_tools_find(&enabled);
	for (i = 0; i < enabled.count; i++) {
		setup_print(
			"Other tool",
			"%s is enabled and loads a crash kernel, too: there is room for one",
			enabled.items[i]);
		change_want_other_service(&setup->wanted, enabled.items[i]);
	}
	text_list_release(&enabled);
	return access(PACKAGED_RULES, F_OK) ? 0 : want_no_rules(setup);
}
