// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool/host/config_directives.h"
#include "tool/host/config_file.h"
#include "tool/host/core_collector.h"
#include "tool/setup/change_record.h"
#include "tool/setup/recorded_options.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

struct options {
	const char *config;
	bool json;
};

static const char usage[] =
	"Usage: kdump-crypt config [OPTION]...\n"
	"Print each directive with its value, and the file and line that set it.\n"
	"\n"
	"  --config FILE  configuration (default: the --config of setup, or\n"
	"                 " CONFIG_DEFAULT_FILE ")\n"
	"  --json         print a JSON object\n"
	"  --help         show this help\n"
	"\n"
	"Exit status: 0 the configuration is valid, 1 it is not, 2 wrong usage.\n";

/* The output is a valid configuration file. */
static void print_directive(const char *name, const char *value,
			    const char *origin, void *context)
{
	(void)context;
	if (value)
		printf("%s %s\t# %s\n", name, value, origin);
	else
		printf("# %s is not set\n", name);
}

static void add_directive(const char *name, const char *value,
			  const char *origin, void *context)
{
	json_object *directive = json_object_new_object();

	json_object_object_add(directive, "value",
			       value ? json_object_new_string(value) : NULL);
	json_object_object_add(directive, "origin",
			       json_object_new_string(origin));
	json_object_object_add(context, name, directive);
}

static void print_as_json(const struct config *config)
{
	json_object *root = json_object_new_object();

	config_for_each(config, add_directive, root);
	print_json(root);
}

/* Read what load would use. */
static int read_config(struct config *config, const char *file,
		       struct text_list *warnings, struct error *error)
{
	struct recorded_options recorded;
	const char *path = NULL;
	int ret;

	recorded_options_read(&recorded, CHANGE_RECORD, NULL);
	recorded_options_apply(&recorded, &path, &file);
	ret = config_file_read(config, file, warnings, error);
	if (!ret && path)
		config_set(config, "path", path, "kdump-crypt setup --path", 0);
	recorded_options_release(&recorded);
	return ret;
}

int cmd_config(int argc, char **argv)
{
	struct options options = { 0 };
	const struct verb_option table[] = { { "config",
					       .text = &options.config },
					     { "json", .flag = &options.json },
					     {} };
	struct text_list warnings = {};
	struct config config;
	struct error error;
	int ret;

	verb_options_read(argc, argv, usage, table, NULL);
	config_init(&config);
	ret = read_config(&config, options.config, &warnings, &error) ||
	      core_collector_try(config.core_collector, &error);
	print_warnings(&warnings);
	if (ret)
		print_error(&error);
	else if (options.json)
		print_as_json(&config);
	else
		config_for_each(&config, print_directive, NULL);
	config_release(&config);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
