// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/run_program.h"
#include "lib/text_list.h"
#include "tool/host/installed_program.h"
#include "tool/host/systemd_service.h"

/* A service may wait for another one that waits for this program. */
#define SWITCH_SECONDS 60

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

/* Add the words of systemd that say whether it knows the service, and its state. */
static void read_state(struct text_list *words, const char *name)
{
	const char *const arguments[] = { "systemctl",
					  "show",
					  "--property=LoadState",
					  "--property=ActiveState",
					  "--property=SubState",
					  "--value",
					  name,
					  NULL };

	/* See sd_booted(3). */
	if (!access("/run/systemd/system", F_OK) &&
	    program_is_installed("systemctl"))
		run_program_for_each_line((char *const *)arguments, keep_line,
					  words, NULL);
}

static int run_systemctl(const char *verb, const char *name,
			 struct error *error)
{
	const char *const arguments[] = { "systemctl", verb, name, NULL };
	const struct program program = {
		.arguments = (char *const *)arguments,
		.seconds = SWITCH_SECONDS,
	};
	int status = run_program(&program, error);

	if (status > 0)
		return error_set(error, 0,
				 "systemctl %s %s failed: see journalctl -u %s",
				 verb, name, name);
	return status;
}

int systemd_service_start(const char *name, struct error *error)
{
	struct text_list words = {};
	int ret = 0;

	read_state(&words, name);
	if (text_list_has(&words, "loaded") &&
	    (text_list_has(&words, "inactive") ||
	     text_list_has(&words, "failed") ||
	     text_list_has(&words, "auto-restart")))
		ret = run_systemctl("start", name, error);
	text_list_release(&words);
	return ret;
}

int systemd_service_stop(const char *name, struct error *error)
{
	struct text_list words = {};
	int ret = 0;

	read_state(&words, name);
	if (text_list_has(&words, "active"))
		ret = run_systemctl("stop", name, error);
	text_list_release(&words);
	return ret;
}
