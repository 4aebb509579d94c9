// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/json.h"
#include "tool/check/checks.h"
#include "tool/host/config.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define NAME_WIDTH "14"

static const char usage[] =
	"Usage: kdump-crypt check [OPTION]...\n"
	"Check all that has to work in the crash kernel, without a crash. Print a line\n"
	"for each check, and below it what to do if it does not pass.\n"
	"\n"
	"  --path DIRECTORY  where dumps go (default: the path that the crash kernel was\n"
	"                    loaded for, or path in the configuration, or\n"
	"                    " CONFIG_DEFAULT_PATH ")\n"
	"  --config FILE     configuration (default: the file that load used, or\n"
	"                    " CONFIG_DEFAULT_FILE ")\n"
	"  --verbose         show also what a dump goes through, from the disk to the\n"
	"                    filesystem\n"
	"  --json            print a JSON object, which has all of that\n"
	"  --help            show this help\n"
	"\n"
	"Exit status: 0 nothing failed, 1 a check failed, or failure, 2 wrong usage.\n";

static const char *result_name(enum check_result result)
{
	switch (result) {
	case CHECK_PASS:
		return "pass";
	case CHECK_WARN:
		return "warn";
	default:
		return "fail";
	}
}

static json_object *describe(const struct check *check)
{
	json_object *object = json_object_new_object();

	json_object_object_add(object, "name",
			       json_object_new_string(check->name));
	json_object_object_add(object, "result",
			       json_object_new_string(
				       result_name(check->result)));
	json_object_object_add(object, "text",
			       json_object_new_string(check->text));
	if (check->remedy)
		json_object_object_add(object, "remedy",
				       json_object_new_string(check->remedy));
	return object;
}

static json_object *describe_link(const struct chain_link *link)
{
	json_object *object = json_object_new_object();

	json_object_object_add(object, "kind",
			       json_object_new_string(link->kind));
	json_object_object_add(object, "name",
			       json_object_new_string(link->name));
	json_object_object_add(object, "facts", json_from_texts(&link->facts));
	return object;
}

static json_object *describe_chain(const struct chain *chain)
{
	json_object *object = json_object_new_object();
	json_object *links = json_object_new_array();
	size_t i;

	for (i = 0; i < chain->count; i++)
		json_object_array_add(links, describe_link(&chain->links[i]));
	json_object_object_add(object, "path",
			       json_object_new_string(chain->path));
	json_object_object_add(object, "links", links);
	return object;
}

static void print_as_json(const struct checks *checks)
{
	json_object *root = json_object_new_object();
	json_object *list = json_object_new_array();
	json_object *chains = json_object_new_array();
	size_t i;

	for (i = 0; i < checks->count; i++)
		json_object_array_add(list, describe(&checks->list[i]));
	json_object_object_add(root, "result",
			       json_object_new_string(
				       result_name(checks_result(checks))));
	json_object_object_add(root, "checks", list);
	for (i = 0; i < checks->chain_count; i++)
		json_object_array_add(chains,
				      describe_chain(&checks->chains[i]));
	json_object_object_add(root, "chains", chains);
	print_json(root);
}

static void print_chain(const struct chain *chain)
{
	size_t i;

	printf("\nA dump in %s goes through:\n", chain->path);
	for (i = 0; i < chain->count; i++) {
		const struct chain_link *link = &chain->links[i];
		char *facts = text_list_join(&link->facts, ", ");

		printf("      %-" NAME_WIDTH "s %s%s%s\n", link->kind,
		       link->name, facts ? ": " : "", facts ?: "");
		free(facts);
	}
}

static void print_chains(const struct checks *checks)
{
	size_t i;

	for (i = 0; i < checks->chain_count; i++)
		print_chain(&checks->chains[i]);
}

static void print_text(const struct checks *checks)
{
	size_t i;

	for (i = 0; i < checks->count; i++) {
		const struct check *check = &checks->list[i];

		printf("%s  %-" NAME_WIDTH "s %s\n", result_name(check->result),
		       check->name, check->text);
		if (check->remedy)
			printf("      %-" NAME_WIDTH "s %s\n", "",
			       check->remedy);
	}
}

int cmd_check(int argc, char **argv)
{
	const char *path = NULL, *config = NULL;
	bool json = false, verbose = false, failed;
	const struct verb_option table[] = { { "path", .text = &path },
					     { "config", .text = &config },
					     { "verbose", .flag = &verbose },
					     { "json", .flag = &json },
					     {} };
	struct text_list warnings = {};
	struct checks checks;

	verb_options_read(argc, argv, usage, table, NULL);
	if (!print_unless_root("run the checks"))
		return EXIT_FAILURE;
	checks_run(&checks, path, config, json || verbose, &warnings);
	print_warnings(&warnings);
	if (json)
		print_as_json(&checks);
	else
		print_text(&checks);
	if (verbose && !json)
		print_chains(&checks);
	failed = checks_result(&checks) == CHECK_FAIL;
	checks_release(&checks);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
