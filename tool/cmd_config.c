// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "config_file.h"

struct options {
	const char *config;
	bool json;
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static void print_usage(FILE *stream)
{
	fprintf(stream,
		"Usage: kdump-crypt config [OPTION]...\n"
		"Print every directive with its value, and the file and line that it comes from.\n"
		"\n"
		"  --config FILE  configuration (default: " CONFIG_DEFAULT_FILE ")\n"
		"  --json         as a JSON object\n"
		"  --help         show this\n"
		"\n"
		"Exit status: 0 valid, 1 not valid, 2 wrong usage.\n");
}

/* Returns 0 to go on, or an exit status plus one to leave with. */
static int parse_options(struct options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options,
				     NULL)) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'j':
			options->json = true;
			break;
		case 'h':
			print_usage(stdout);
			return EXIT_SUCCESS + 1;
		default:
			print_usage(stderr);
			return EXIT_USAGE + 1;
		}
	}
	if (optind < argc) {
		warnx("config takes no argument: \"%s\"", argv[optind]);
		return EXIT_USAGE + 1;
	}
	return 0;
}

/* A valid configuration again, should it be kept. */
static void print_directive(const char *name, const char *value,
			    const char *origin, void *context)
{
	(void)context;
	printf("%s %s\t# %s\n", name, value, origin);
}

static void add_directive(const char *name, const char *value,
			  const char *origin, void *context)
{
	json_object *directive = json_object_new_object();

	json_object_object_add(directive, "value",
			       json_object_new_string(value));
	json_object_object_add(directive, "origin",
			       json_object_new_string(origin));
	json_object_object_add(context, name, directive);
}

static void print_json(const struct config *config)
{
	json_object *root = json_object_new_object();

	config_for_each(config, add_directive, root);
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	json_object_put(root);
}

int cmd_config(int argc, char **argv)
{
	struct options options = { 0 };
	struct config config;
	int ret;

	ret = parse_options(&options, argc, argv);
	if (ret)
		return ret - 1;
	config_init(&config);
	ret = config_file_read(&config, options.config);
	if (!ret) {
		if (options.json)
			print_json(&config);
		else
			config_for_each(&config, print_directive, NULL);
	}
	config_release(&config);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
