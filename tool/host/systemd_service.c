// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/run_program.h"
#include "lib/text_list.h"
#include "tool/host/installed_program.h"
#include "tool/host/systemd_service.h"

static void keep_line(char *line, void *context)
{
	text_list_add(context, line);
}

/*
 * Return true if @matches accepts the state that systemctl(1) prints. @name may
 * be NULL if @question takes none.
 */
static bool has_state(const char *question, const char *name,
		      bool (*matches)(const char *state))
{
	const char *const arguments[] = { "systemctl", question, name, NULL };
	struct text_list lines = {};
	bool found;

	if (!program_is_installed("systemctl"))
		return false;
	/* The exit status does not tell all states apart. */
	run_program_for_each_line((char *const *)arguments, keep_line, &lines,
				  NULL);
	found = lines.count && matches(lines.items[0]);
	text_list_release(&lines);
	return found;
}

static bool is_enabled(const char *state)
{
	return !strcmp(state, "enabled") || !strcmp(state, "enabled-runtime");
}

static bool is_installed(const char *state)
{
	return strcmp(state, "not-found");
}

bool systemd_service_is_enabled(const char *name)
{
	return has_state("is-enabled", name, is_enabled);
}

bool systemd_service_is_installed(const char *name)
{
	return has_state("is-enabled", name, is_installed);
}

static bool is_stopping(const char *state)
{
	return !strcmp(state, "stopping");
}

bool systemd_is_stopping(void)
{
	return has_state("is-system-running", NULL, is_stopping);
}
