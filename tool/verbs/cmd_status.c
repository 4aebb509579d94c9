// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/json.h"
#include "lib/utc.h"
#include "tool/check/machine_status.h"
#include "tool/host/other_tools.h"
#include "tool/verbs/armed_text.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define JSON_FORMAT 1 /* goes up when a key changes its meaning or goes */

/* As of systemctl status. */
#define EXIT_NOT_ARMED 3

static const char usage[] =
	"Usage: kdump-crypt status [OPTION]...\n"
	"Show whether a crash would leave a dump, and where.\n"
	"\n"
	"  --brief    print one line, for a monitoring system\n"
	"  --verbose  show also what is loaded, and when and by whom it was loaded\n"
	"  --json     print a JSON object with all of it\n"
	"  --help     show this help\n"
	"\n"
	"Exit status: 0 armed, 3 not armed, 1 failure, 2 wrong usage.\n";

static json_object *text_or_null(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static json_object *number_or_null(long long number)
{
	return number ? json_object_new_int64(number) : NULL;
}

static void add_armed(json_object *root, const struct armed_state *armed)
{
	char *when = armed->time ? utc_for_json(armed->time) : NULL;
	struct text_list filesystems = {};

	armed_state_filesystems(&filesystems, armed);
	json_object_object_add(root, "path", text_or_null(armed->path));
	json_object_object_add(root, "crash_kernel",
			       text_or_null(armed->kernel));
	json_object_object_add(root, "kernel_file",
			       text_or_null(armed->kernel_file));
	json_object_object_add(root, "initramfs_file",
			       text_or_null(armed->initramfs_file));
	json_object_object_add(root, "command_line",
			       text_or_null(armed->command_line));
	json_object_object_add(root, "config_file",
			       text_or_null(armed->config_option));
	json_object_object_add(root, "filesystems",
			       json_from_texts(&filesystems));
	json_object_object_add(root, "luks_volumes",
			       json_from_texts(&armed->luks_uuids));
	json_object_object_add(root, "hidden_luks_volumes",
			       json_from_texts(&armed->hidden_luks_uuids));
	json_object_object_add(root, "armed_time", text_or_null(when));
	json_object_object_add(root, "armed_command",
			       text_or_null(armed->command));
	json_object_object_add(root, "armed_unit", text_or_null(armed->unit));
	json_object_object_add(root, "armed_pid", number_or_null(armed->pid));
	json_object_object_add(root, "needed_bytes",
			       number_or_null(armed->needed));
	text_list_release(&filesystems);
	free(when);
}

static void print_as_json(const struct machine_status *status,
			  const struct text_list *other_tools)
{
	json_object *root = json_object_new_object();

	json_object_object_add(root, "format",
			       json_object_new_int(JSON_FORMAT));
	json_object_object_add(root, "armed",
			       json_object_new_boolean(!status->problem));
	json_object_object_add(root, "problem", text_or_null(status->problem));
	json_object_object_add(root, "warnings",
			       json_from_texts(&status->warnings));
	add_armed(root, &status->state);
	json_object_object_add(root, "saved_keys",
			       status->saved < 0 ?
				       NULL :
				       json_object_new_int64(status->saved));
	json_object_object_add(root, "reserved_bytes",
			       json_object_new_int64(status->reserved));
	json_object_object_add(root, "other_tools",
			       json_from_texts(other_tools));
	print_json(root);
}

static void print_text(const struct machine_status *status,
		       const struct text_list *other_tools, bool verbose)
{
	size_t i;

	armed_text_field("Armed:", status->problem ? "no" : "yes");
	armed_text_field("Why not:", status->problem);
	if (status->state.path)
		armed_text_target(&status->state, verbose);
	if (status->state.path && verbose) {
		armed_text_files(&status->state);
		armed_text_loader(&status->state);
	}
	if (status->saved >= 0)
		printf("Saved keys:   %lld\n", status->saved);
	armed_text_memory(&status->state, status->reserved);
	armed_text_fields("Warning:", &status->warnings);
	for (i = 0; i < other_tools->count; i++)
		printf("Other tool:   %s is enabled and loads a crash kernel in place of this one: run kdump-crypt setup\n",
		       other_tools->items[i]);
}

static void print_line(const struct machine_status *status)
{
	char *line = machine_status_line(status);

	puts(line);
	free(line);
}

int cmd_status(int argc, char **argv)
{
	bool json = false, brief = false, verbose = false;
	const struct verb_option table[] = { { "json", .flag = &json },
					     { "brief", .flag = &brief },
					     { "verbose", .flag = &verbose },
					     {} };
	struct text_list other_tools = {};
	struct machine_status status;

	verb_options_read(argc, argv, usage, table, NULL);
	if (brief && (json || verbose))
		verb_usage_error(argv[0],
				 "--brief excludes --json and --verbose");
	machine_status_read(&status);
	other_tools_find(&other_tools);
	if (json)
		print_as_json(&status, &other_tools);
	else if (brief)
		print_line(&status);
	else
		print_text(&status, &other_tools, verbose);
	text_list_release(&other_tools);
	machine_status_release(&status);
	/* A monitoring system must not take an empty output for an answer. */
	if (fflush(stdout))
		err(EXIT_FAILURE, "cannot print the status");
	return status.problem ? EXIT_NOT_ARMED : EXIT_SUCCESS;
}
