// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/host/config_file.h"
#include "tool/host/reported_dumps.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/dump_text.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define COLUMNS 8

#define REPORTED_FILE "/var/lib/kdump-crypt/told"

static const char *const titles[COLUMNS] = {
	"NAME",	 "CRASHED (UTC)", "KERNEL",   "SIZE",
	"STATE", "KEYS",	  "DURATION", "PANIC",
};

struct options {
	const char *path;
	const char *config;
	bool new_only;
	bool json;
};

static const char usage[] =
	"Usage: kdump-crypt list [OPTION]...\n"
	"List the dumps in the dump path and in the fallback paths, oldest first.\n"
	"\n"
	"  --path DIRECTORY  look there only (default: the --path of setup, or path in\n"
	"                    the configuration, or " CONFIG_DEFAULT_PATH
	"; and\n"
	"                    each fallback_path)\n"
	"  --config FILE     configuration (default: " CONFIG_DEFAULT_FILE ")\n"
	"  --new             print a line for each dump that --new has not reported yet;\n"
	"                    the service runs this at boot\n"
	"  --json            print a JSON array\n"
	"  --help            show this help\n"
	"\n"
	"Exit status: 0 listed, or there is no dump, 1 failure, 2 wrong usage.\n";

static const char *state_of(const struct dump *dump)
{
	if (dump->unreadable)
		return "unreadable";
	if (dump_info_is_unfiltered(&dump->info))
		return dump->info.complete ? "complete, unfiltered" :
					     "partial, unfiltered";
	return dump->info.complete ? "complete" : "partial";
}

static void fill_row(char **row, const struct dump *dump,
		     const struct text_list *paths)
{
	char *name = dump_text_name(dump, paths);

	row[0] = dump_text_plain(name);
	free(name);
	row[1] = dump_text_time(dump->info.time);
	row[2] = dump_text_plain(dump->info.kernel);
	row[3] = dump->unreadable ? dump_text_plain(NULL) :
				    dump_text_size(dump->info.vmcore_bytes);
	row[4] = xstrdup(state_of(dump));
	row[5] = dump_text_keys(dump);
	row[6] = dump_text_duration(dump);
	row[7] = dump_text_plain(dump->info.panic);
}

static void print_row(const char *const *row, const int *widths)
{
	int column;

	for (column = 0; column < COLUMNS - 1; column++)
		printf("%-*s  ", widths[column], row[column]);
	puts(row[column]);
}

static void print_text(const struct dumps *dumps, const struct text_list *paths)
{
	char *(*rows)[COLUMNS] =
		xrealloc(NULL, (dumps->count + 1) * sizeof(*rows));
	int widths[COLUMNS], column;
	size_t i;

	for (column = 0; column < COLUMNS; column++)
		widths[column] = strlen(titles[column]);
	for (i = 0; i < dumps->count; i++) {
		fill_row(rows[i], &dumps->list[i], paths);
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

static void print_as_json(const struct dumps *dumps)
{
	json_object *root = json_object_new_array();
	size_t i;

	for (i = 0; i < dumps->count; i++)
		json_object_array_add(root, dump_text_json(&dumps->list[i]));
	print_json(root);
}

static void report(const struct dump *dump)
{
	char *path = dump_text_plain(dump->path);
	char *name = dump_text_plain(dump->name);
	char *when = dump_text_time(dump->info.time);
	char *panic = dump_text_plain(dump->info.panic);

	printf("the machine crashed at %s UTC (%s); the dump is %s: %s/%s\n",
	       when, panic, state_of(dump), path, name);
	free(panic);
	free(when);
	free(name);
	free(path);
}

static int report_new(const struct text_list *paths)
{
	struct reported_dumps reported;
	struct error error;
	struct dumps dumps;
	size_t i;
	int ret = reported_dumps_read(&reported, REPORTED_FILE, &error);

	if (ret) {
		print_error(&error);
		return ret;
	}
	ret = dump_text_read(&dumps, paths);
	for (i = 0; i < dumps.count; i++)
		if (!reported_dumps_has(&reported, &dumps.list[i]))
			report(&dumps.list[i]);
	if (!ret) {
		ret = reported_dumps_write(&reported, &dumps, REPORTED_FILE,
					   &error);
		if (ret)
			print_error(&error);
	}
	dumps_release(&dumps);
	reported_dumps_release(&reported);
	return ret;
}

static int list(const struct options *options, const struct text_list *paths)
{
	struct dumps dumps;
	int ret = dump_text_read(&dumps, paths);

	if (!ret && options->json) {
		print_as_json(&dumps);
	} else if (!ret && dumps.count) {
		print_text(&dumps, paths);
	} else if (!ret) {
		char *all = text_list_join(paths, ", ");

		warnx("there is no dump in %s", all);
		free(all);
	}
	dumps_release(&dumps);
	return ret;
}

int cmd_list(int argc, char **argv)
{
	struct options options = { 0 };
	const struct verb_option table[] = {
		{ "path", .text = &options.path },
		{ "config", .text = &options.config },
		{ "new", .flag = &options.new_only },
		{ "json", .flag = &options.json },
		{}
	};
	struct text_list paths;
	int ret;

	verb_options_read(argc, argv, usage, table, NULL);
	ret = dump_text_paths(&paths, options.path, options.config);
	if (!ret)
		ret = options.new_only ? report_new(&paths) :
					 list(&options, &paths);
	text_list_release(&paths);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
