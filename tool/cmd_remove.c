// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lib/xalloc.h"
#include "commands.h"
#include "config_file.h"
#include "dump_text.h"

struct options {
	const char *path;
	const char *config;
	char **names;
	int count;
	bool yes;
};

static const struct option long_options[] = {
	{ "path", required_argument, NULL, 'p' },
	{ "config", required_argument, NULL, 'c' },
	{ "yes", no_argument, NULL, 'y' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static void print_usage(FILE *stream)
{
	fprintf(stream,
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
		"Exit status: 0 removed, 1 something was not removed, 2 wrong usage.\n");
}

/* Returns 0 to go on, or an exit status plus one to leave with. */
static int parse_options(struct options *options, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "h", long_options,
				     NULL)) != -1) {
		switch (option) {
		case 'p':
			options->path = optarg;
			break;
		case 'c':
			options->config = optarg;
			break;
		case 'y':
			options->yes = true;
			break;
		case 'h':
			print_usage(stdout);
			return EXIT_SUCCESS + 1;
		default:
			print_usage(stderr);
			return EXIT_USAGE + 1;
		}
	}
	options->names = argv + optind;
	options->count = argc - optind;
	if (!options->count) {
		warnx("remove takes the names of dumps");
		return EXIT_USAGE + 1;
	}
	return 0;
}

/* All of them are there, or nothing is removed. */
static int check_names(const struct options *options, const char *path,
		       const struct dumps *dumps)
{
	int i, ret = 0;

	for (i = 0; i < options->count; i++)
		if (!dump_text_find(dumps, path, options->names[i]))
			ret = -1;
	if (ret)
		warnx("nothing was removed");
	return ret;
}

static bool confirmed(const struct options *options, const char *path,
		      const struct dumps *dumps)
{
	char answer[16] = "";
	int i;

	if (options->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		warnx("nobody can be asked, as this is no terminal, so nothing was removed: use --yes");
		return false;
	}
	for (i = 0; i < options->count; i++) {
		const struct dump *dump = dumps_find(dumps, options->names[i]);
		char *name = dump_text_plain(dump->name);
		char *size = dump_text_size(dump->info.vmcore_bytes);
		char *panic = dump_text_plain(dump->info.panic);

		printf("%s  %s  %s\n", name, size, panic);
		free(name);
		free(size);
		free(panic);
	}
	printf("Remove %s in %s? [y/N] ", options->count == 1 ?
	       "this dump" : "these dumps", path);
	fflush(stdout);
	if (fgets(answer, sizeof(answer), stdin) &&
	    (answer[0] == 'y' || answer[0] == 'Y'))
		return true;
	warnx("nothing was removed");
	return false;
}

static int remove_all(const struct options *options, const char *path)
{
	int i, ret = 0;

	for (i = 0; i < options->count; i++) {
		char *reason;

		if (!dumps_remove(path, options->names[i], &reason))
			continue;
		warnx("%s was not removed: %s", options->names[i], reason);
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
	char *path;
	int ret;

	ret = parse_options(&options, argc, argv);
	if (ret)
		return ret - 1;
	path = config_file_dump_path(options.path, options.config);
	ret = path ? ask_and_remove(&options, path) : -1;
	free(path);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
