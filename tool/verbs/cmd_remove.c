// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/dump_removal.h"
#include "lib/xalloc.h"
#include "tool/host/config_file.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/confirm.h"
#include "tool/verbs/dump_text.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define NOTHING_REMOVED "nothing was removed"

struct options {
	const char *path;
	const char *config;
	char **names; /* of dumps, with a NULL after the last */
	bool yes;
};

static const char usage[] =
	"Usage: kdump-crypt remove [OPTION]... DUMP...\n"
	"Remove dumps, after asking on the terminal. DUMP is a name that kdump-crypt\n"
	"list shows. A directory that contains other files as well stays.\n"
	"\n"
	"  --yes             do not ask\n"
	"  --path DIRECTORY  look there only (default: the --path of setup, or path in\n"
	"                    the configuration, or " CONFIG_DEFAULT_PATH
	"; and\n"
	"                    each fallback_path)\n"
	"  --config FILE     configuration (default: " CONFIG_DEFAULT_FILE ")\n"
	"  --help            show this help\n"
	"\n"
	"Exit status: 0 removed, 1 a dump was not removed, 2 wrong usage.\n";

/*
 * Return the dumps of these names, with a NULL after the last. The caller frees
 * the array. If any is missing, print which, and return NULL.
 */
static const struct dump **find_all(char **names, const struct dumps *dumps,
				    const struct text_list *paths)
{
	const struct dump **found = NULL;
	bool missing = false;
	size_t i;

	for (i = 0; names[i]; i++) {
		found = xrealloc(found, (i + 2) * sizeof(*found));
		found[i] = dump_text_find(dumps, paths, names[i]);
		found[i + 1] = NULL;
		missing |= !found[i];
	}
	if (!missing)
		return found;
	warnx(NOTHING_REMOVED);
	free(found);
	return NULL;
}

static void print_dump(const struct dump *dump, const char *name)
{
	char *plain = dump_text_plain(name);
	char *size = dump_text_size(dump->info.vmcore_bytes);
	char *panic = dump_text_plain(dump->info.panic);

	printf("%s  %s  %s\n", plain, size, panic);
	free(plain);
	free(size);
	free(panic);
}

static bool confirmed(const struct options *options, const struct dump **found)
{
	size_t i;

	if (options->yes)
		return true;
	if (!confirm_possible(NOTHING_REMOVED))
		return false;
	for (i = 0; found[i]; i++)
		print_dump(found[i], options->names[i]);
	return confirm(found[1] ? "Remove these dumps? [y/N] " :
				  "Remove this dump? [y/N] ",
		       NULL, NOTHING_REMOVED);
}

static int remove_all(const struct dump **found)
{
	struct error error;
	int ret = 0;

	for (; *found; found++) {
		if (!dumps_remove((*found)->path, (*found)->name, &error))
			continue;
		print_error(&error);
		ret = -1;
	}
	return ret;
}

static int ask_and_remove(const struct options *options,
			  const struct text_list *paths)
{
	const struct dump **found = NULL;
	struct dumps dumps;
	int ret = -1;

	if (!dump_text_read(&dumps, paths))
		found = find_all(options->names, &dumps, paths);
	if (found && confirmed(options, found))
		ret = remove_all(found);
	free(found);
	dumps_release(&dumps);
	return ret;
}

int cmd_remove(int argc, char **argv)
{
	struct options options = { 0 };
	const struct verb_option table[] = { { "path", .text = &options.path },
					     { "config",
					       .text = &options.config },
					     { "yes", .flag = &options.yes },
					     {} };
	const struct verb_operands dumps = {
		1,
		INT_MAX,
		"the names of dumps",
	};
	struct text_list paths;
	int ret;

	options.names = verb_options_read(argc, argv, usage, table, &dumps);
	ret = dump_text_paths(&paths, options.path, options.config);
	if (!ret)
		ret = ask_and_remove(&options, &paths);
	text_list_release(&paths);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
