// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/json.h"
#include "tool/check/machine_status.h"
#include "tool/host/other_tools.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define MIB	    (1024 * 1024)
#define JSON_FORMAT 1 /* goes up when a key changes its meaning or goes */

/* As of systemctl status. */
#define EXIT_NOT_ARMED 3

static const char usage[] =
	"Usage: kdump-crypt status [OPTION]...\n"
	"Show whether a crash would leave a dump, and where.\n"
	"\n"
	"  --brief  print one line, for a monitoring system\n"
	"  --json   print a JSON object\n"
	"  --help   show this help\n"
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

static void print_as_json(const struct machine_status *status,
			  const struct text_list *other_tools)
{
	json_object *root = json_object_new_object();

	json_object_object_add(root, "format",
			       json_object_new_int(JSON_FORMAT));
	json_object_object_add(root, "armed",
			       json_object_new_boolean(!status->problem));
	json_object_object_add(root, "problem", text_or_null(status->problem));
	json_object_object_add(root, "path", text_or_null(status->state.path));
	json_object_object_add(root, "crash_kernel",
			       text_or_null(status->state.kernel));
	json_object_object_add(root, "luks_volumes",
			       json_from_texts(&status->state.luks_uuids));
	json_object_object_add(root, "saved_keys",
			       status->saved < 0 ?
				       NULL :
				       json_object_new_int64(status->saved));
	json_object_object_add(root, "reserved_bytes",
			       json_object_new_int64(status->reserved));
	json_object_object_add(root, "needed_bytes",
			       number_or_null(status->state.needed));
	json_object_object_add(root, "warnings",
			       json_from_texts(&status->warnings));
	json_object_object_add(root, "other_tools",
			       json_from_texts(other_tools));
	print_json(root);
}

static void print_volumes(const struct text_list *uuids)
{
	size_t i;

	if (!uuids->count)
		printf("LUKS volume:  none, the dump is not encrypted\n");
	for (i = 0; i < uuids->count; i++)
		printf("LUKS volume:  %s\n", uuids->items[i]);
}

static void print_text(const struct machine_status *status,
		       const struct text_list *other_tools)
{
	size_t i;

	printf("Armed:        %s\n", status->problem ? "no" : "yes");
	if (status->problem)
		printf("Why not:      %s\n", status->problem);
	if (status->state.path) {
		printf("Dump path:    %s\n", status->state.path);
		print_volumes(&status->state.luks_uuids);
		printf("Crash kernel: %s\n", status->state.kernel);
	}
	if (status->saved >= 0)
		printf("Saved keys:   %lld\n", status->saved);
	printf("Reserved:     %lld MiB", status->reserved / MIB);
	if (status->state.needed)
		printf(" (%lld MiB needed)", status->state.needed / MIB);
	putchar('\n');
	for (i = 0; i < status->warnings.count; i++)
		printf("Warning:      %s\n", status->warnings.items[i]);
	for (i = 0; i < other_tools->count; i++)
		printf("Other tool:   %s is enabled and loads a crash kernel in place of this one: run kdump-crypt setup\n",
		       other_tools->items[i]);
}

static void print_line(const struct machine_status *status)
{
	size_t i;

	if (status->problem)
		printf("not armed: %s", status->problem);
	else
		printf("armed: a crash dump goes to %s", status->state.path);
	for (i = 0; i < status->warnings.count; i++)
		printf("; warning: %s", status->warnings.items[i]);
	putchar('\n');
}

int cmd_status(int argc, char **argv)
{
	bool json = false, brief = false;
	const struct verb_option table[] = { { "json", .flag = &json },
					     { "brief", .flag = &brief },
					     {} };
	struct text_list other_tools = {};
	struct machine_status status;

	verb_options_read(argc, argv, usage, table, NULL);
	if (json && brief)
		verb_usage_error(argv[0], "--json excludes --brief");
	machine_status_read(&status);
	other_tools_find(&other_tools);
	if (json)
		print_as_json(&status, &other_tools);
	else if (brief)
		print_line(&status);
	else
		print_text(&status, &other_tools);
	text_list_release(&other_tools);
	machine_status_release(&status);
	/* A monitoring system must not take an empty output for an answer. */
	if (fflush(stdout))
		err(EXIT_FAILURE, "cannot print the status");
	return status.problem ? EXIT_NOT_ARMED : EXIT_SUCCESS;
}
