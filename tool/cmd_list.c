// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/xalloc.h"
#include "commands.h"
#include "config_file.h"
#include "dump_text.h"
#include "verb_options.h"

#define COLUMNS	7

static const char *const titles[COLUMNS] = {
	"NAME", "TIME (UTC)", "KERNEL", "SIZE", "STATE", "DURATION", "PANIC",
};

struct options {
	const char *path;
	const char *config;
	bool json;
};

static const char usage[] =
	"Usage: kdump-crypt list [OPTION]...\n"
	"List the dumps in the dump path, oldest first.\n"
	"\n"
	"  --path DIRECTORY  where the dumps are (default: path in the configuration,\n"
	"                    or " CONFIG_DEFAULT_PATH ")\n"
	"  --config FILE     configuration (default: " CONFIG_DEFAULT_FILE ")\n"
	"  --json            as a JSON array\n"
	"  --help            show this\n"
	"\n"
	"Exit status: 0 listed, also where there is none, 1 failure, 2 wrong usage.\n";

static void fill_row(char **row, const struct dump *dump)
{
	row[0] = dump_text_plain(dump->name);
	row[1] = dump_text_time(dump);
	row[2] = dump_text_plain(dump->info.kernel);
	row[3] = dump_text_size(dump->info.vmcore_bytes);
	row[4] = xstrdup(dump->info.complete ? "complete" : "partial");
	row[5] = dump_text_duration(dump);
	row[6] = dump_text_plain(dump->info.panic);
}

static void print_row(const char *const *row, const int *widths)
{
	int column;

	for (column = 0; column < COLUMNS - 1; column++)
		printf("%-*s  ", widths[column], row[column]);
	puts(row[column]);
}

static void print_text(const struct dumps *dumps)
{
	char *(*rows)[COLUMNS] = xrealloc(NULL, (dumps->count + 1) *
					  sizeof(*rows));
	int widths[COLUMNS], column;
	size_t i;

	for (column = 0; column < COLUMNS; column++)
		widths[column] = strlen(titles[column]);
	for (i = 0; i < dumps->count; i++) {
		fill_row(rows[i], &dumps->list[i]);
		for (column = 0; column < COLUMNS; column++)
			if ((int)strlen(rows[i][column]) > widths[column])
				widths[column] = strlen(rows[i][column]);
	}
	if (dumps->count)
		print_row(titles, widths);
	for (i = 0; i < dumps->count; i++) {
		print_row((const char *const *)rows[i], widths);
		for (column = 0; column < COLUMNS; column++)
			free(rows[i][column]);
	}
	free(rows);
}

static void print_json(const struct dumps *dumps, const char *path)
{
	json_object *root = json_object_new_array();
	size_t i;

	for (i = 0; i < dumps->count; i++)
		json_object_array_add(root,
				      dump_text_json(&dumps->list[i], path));
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	json_object_put(root);
}

static int list(const struct options *options, const char *path)
{
	struct dumps dumps;

	if (dump_text_read(&dumps, path))
		return -1;
	if (options->json)
		print_json(&dumps, path);
	else if (dumps.count)
		print_text(&dumps);
	else
		warnx("there is no dump in %s", path);
	dumps_release(&dumps);
	return 0;
}

int cmd_list(int argc, char **argv)
{
	struct options options = { 0 };
	const struct verb_option table[] = {
		{ "path", .text = &options.path },
		{ "config", .text = &options.config },
		{ "json", .flag = &options.json },
		{ }
	};
	char *path;
	int ret;

	verb_options_read(argc, argv, usage, table, NULL);
	path = config_file_dump_path(options.path, options.config);
	ret = path ? list(&options, path) : -1;
	free(path);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
