// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/xalloc.h"
#include "commands.h"
#include "config_file.h"
#include "confirm.h"
#include "dump_text.h"
#include "verb_options.h"

#define NOTHING_REMOVED	"nothing was removed"

struct options {
	const char *path;
	const char *config;
	char **names;		/* of dumps, with a NULL after the last */
	bool yes;
};

static const char usage[] =
	"Usage: kdump-crypt remove [OPTION]... DUMP...\n"
	"Remove dumps, after asking on the terminal. DUMP is the name of a directory as\n"
	"kdump-crypt list prints it. One that holds anything besides a dump stays.\n"
	"\n"
	"  --yes             do not ask\n"
	"  --path DIRECTORY  where the dumps are (default: path in the configuration,\n"
	"                    or " CONFIG_DEFAULT_PATH ")\n"
	"  --config FILE     configuration (default: " CONFIG_DEFAULT_FILE ")\n"
	"  --help            show this\n"
	"\n"
	"Exit status: 0 removed, 1 something was not removed, 2 wrong usage.\n";

/* All of them are there, or nothing is removed. */
static int check_names(const struct options *options, const char *path,
		       const struct dumps *dumps)
{
	char **name;
	int ret = 0;

	for (name = options->names; *name; name++)
		if (!dump_text_find(dumps, path, *name))
			ret = -1;
	if (ret)
		warnx(NOTHING_REMOVED);
	return ret;
}

static void print_dump(const struct dump *dump)
{
	char *plain = dump_text_plain(dump->name);
	char *size = dump_text_size(dump->info.vmcore_bytes);
	char *panic = dump_text_plain(dump->info.panic);

	printf("%s  %s  %s\n", plain, size, panic);
	free(plain);
	free(size);
	free(panic);
}

static bool confirmed(const struct options *options, const char *path,
		      const struct dumps *dumps)
{
	char *question, **name;
	bool agreed;

	if (options->yes)
		return true;
	if (!confirm_possible(NOTHING_REMOVED))
		return false;
	for (name = options->names; *name; name++)
		print_dump(dumps_find(dumps, *name));
	question = xasprintf("Remove %s in %s? [y/N] ", options->names[1] ?
			     "these dumps" : "this dump", path);
	agreed = confirm(question, NULL, NOTHING_REMOVED);
	free(question);
	return agreed;
}

static int remove_all(const struct options *options, const char *path)
{
	char **name, *reason;
	int ret = 0;

	for (name = options->names; *name; name++) {
		if (!dumps_remove(path, *name, &reason))
			continue;
		warnx("%s was not removed: %s", *name, reason);
		free(reason);
		ret = -1;
	}
	return ret;
}

static int ask_and_remove(const struct options *options, const char *path)
{
	struct dumps dumps;
	int ret;

	if (dump_text_read(&dumps, path))
		return -1;
	ret = check_names(options, path, &dumps);
	if (!ret && !confirmed(options, path, &dumps))
		ret = -1;
	dumps_release(&dumps);
	return ret ?: remove_all(options, path);
}

int cmd_remove(int argc, char **argv)
{
	struct options options = { 0 };
	const struct verb_option table[] = {
		{ "path", .text = &options.path },
		{ "config", .text = &options.config },
		{ "yes", .flag = &options.yes },
		{ }
	};
	const struct verb_operands dumps = {
		1, INT_MAX, "the names of dumps",
	};
	char *path;
	int ret;

	options.names = verb_options_read(argc, argv, usage, table, &dumps);
	path = config_file_dump_path(options.path, options.config);
	ret = path ? ask_and_remove(&options, path) : -1;
	free(path);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
