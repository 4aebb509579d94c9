// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/host/config_file.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/dump_text.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define DEFAULT_LINES	   50 /* a panic with its backtrace */
#define DEFAULT_LINES_TEXT TEXT_OF(DEFAULT_LINES)
#define MAX_LINES	   1000000

struct options {
	const char *path;
	const char *config;
	const char *name;
	unsigned int lines;
	bool json;
};

static const char usage[] =
	"Usage: kdump-crypt show [OPTION]... DUMP\n"
	"Show the details of a dump, and the end of the crashed kernel's log. DUMP is a\n"
	"name that kdump-crypt list shows, or the dump's directory.\n"
	"\n"
	"  --lines N         lines of the log (default: " DEFAULT_LINES_TEXT
	")\n"
	"  --path DIRECTORY  look there only (default: the --path of setup, or path in\n"
	"                    the configuration, or " CONFIG_DEFAULT_PATH
	"; and\n"
	"                    each fallback_path)\n"
	"  --config FILE     configuration (default: " CONFIG_DEFAULT_FILE ")\n"
	"  --json            print a JSON object\n"
	"  --help            show this help\n"
	"\n"
	"Exit status: 0 shown, 1 there is no such dump, or failure, 2 wrong usage.\n";

static int parse_lines(const char *text, unsigned int *lines,
		       struct error *error)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || text[0] < '0' || text[0] > '9' || *end ||
	    number > MAX_LINES)
		return error_set(error, EINVAL,
				 "\"%s\" is not a number of lines from 0 to %d",
				 text, MAX_LINES);
	*lines = number;
	return 0;
}

/* The last lines of a text file, oldest first. */
struct tail {
	char **lines;
	size_t count;
};

static void read_tail(struct tail *tail, FILE *stream, unsigned int lines)
{
	char **ring = xrealloc(NULL, (lines + 1) * sizeof(*ring));
	size_t capacity = 0, total = 0, i;
	char *line = NULL;

	while (lines && getline(&line, &capacity, stream) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		if (total >= lines)
			free(ring[total % lines]);
		ring[total++ % lines] = xstrdup(line);
	}
	free(line);
	tail->count = total < lines ? total : lines;
	tail->lines = xrealloc(NULL, (tail->count + 1) * sizeof(*tail->lines));
	for (i = 0; i < tail->count; i++)
		tail->lines[i] = ring[(total - tail->count + i) % lines];
	free(ring);
}

static FILE *open_log(const struct dump *dump)
{
	struct error error;
	int fd = dump_open_file(dump, DUMP_KERNEL_LOG, &error);

	if (fd >= 0)
		return fdopen(fd, "r");
	print_error(&error);
	return NULL;
}

static void read_log(struct tail *tail, const struct dump *dump,
		     unsigned int lines)
{
	FILE *stream = open_log(dump);

	memset(tail, 0, sizeof(*tail));
	if (!stream)
		return;
	read_tail(tail, stream, lines);
	fclose(stream);
}

static void release_tail(struct tail *tail)
{
	size_t i;

	for (i = 0; i < tail->count; i++)
		free(tail->lines[i]);
	free(tail->lines);
}

static void print_as_json(const struct dump *dump, const struct tail *log)
{
	json_object *root = dump_text_json(dump);
	json_object *lines = json_object_new_array();
	size_t i;

	for (i = 0; i < log->count; i++) {
		char *plain = dump_text_plain(log->lines[i]);

		json_object_array_add(lines, json_object_new_string(plain));
		free(plain);
	}
	json_object_object_add(root, "kernel_log", lines);
	print_json(root);
}

/* Frees @value. */
static void print_field(const char *title, char *value)
{
	printf("%-11s %s\n", title, value);
	free(value);
}

static void print_log(const struct tail *log)
{
	size_t i;

	if (!log->count)
		return;
	printf("\nThe last %zu line%s of " DUMP_KERNEL_LOG ":\n", log->count,
	       log->count == 1 ? "" : "s");
	for (i = 0; i < log->count; i++) {
		char *plain = log->lines[i][0] ?
				      dump_text_plain(log->lines[i]) :
				      xstrdup("");

		puts(plain);
		free(plain);
	}
}

/* The caller frees the text. */
static char *explain_keys(const struct dump *dump)
{
	if (dump->info.keys == DUMP_KEYS_HIDDEN)
		return xasprintf("hidden, in %lld page%s",
				 (long long)dump->info.hidden_pages,
				 dump->info.hidden_pages == 1 ? "" : "s");
	if (dump->info.keys == DUMP_KEYS_EXPOSED)
		return xstrdup(
			"the vmcore contains volume keys: protect it like a key");
	return dump_text_keys(dump);
}

/*
 * The crash kernel names the dump after the time at which it begins, some
 * seconds after the crash.
 */
static void print_times(const struct dump *dump)
{
	char *crashed = dump_text_time(dump->info.time);
	int64_t begun;

	print_field("Crashed:", xasprintf("%s UTC", crashed));
	free(crashed);
	if (dump->has_info && dump_name_time(dump->name, &begun)) {
		char *when = dump_text_time(begun);

		print_field("Begun:",
			    xasprintf("%s UTC, as in the dump's name", when));
		free(when);
	}
}

static void print_text(const struct dump *dump, const struct tail *log)
{
	const struct dump_info *info = &dump->info;
	size_t i;

	print_field("Dump:", dump_text_plain(dump->name));
	print_field("In:", dump_text_plain(dump->path));
	print_times(dump);
	print_field("Host:", dump_text_plain(info->host));
	print_field("Kernel:", dump_text_plain(info->kernel));
	print_field("Panic:", dump_text_plain(info->panic));
	print_field("Complete:",
		    info->complete ?
			    xstrdup("yes") :
			    xasprintf("no: %s",
				      info->reason ?: "the reason is unknown"));
	if (dump->has_info)
		print_field("Memory:", dump_text_size(info->memory_bytes));
	if (dump_info_is_unfiltered(info))
		print_field(
			"Collector:",
			xstrdup(DUMP_UNFILTERED
				": unfiltered, with the memory of all programs"));
	else if (info->collector)
		print_field("Collector:", dump_text_plain(info->collector));
	print_field("Vmcore:", dump_text_size(info->vmcore_bytes));
	print_field("Keys:", explain_keys(dump));
	print_field("Kernel log:", dump_text_size(info->kernel_log_bytes));
	print_field("Took:", dump_text_duration(dump));
	for (i = 0; i < info->step_count; i++)
		printf("  %7.2f s  %s\n", info->steps[i].seconds,
		       info->steps[i].name);
	print_log(log);
}

static void show(const struct options *options, const struct dump *dump)
{
	struct tail log;

	read_log(&log, dump, options->lines);
	if (options->json)
		print_as_json(dump, &log);
	else
		print_text(dump, &log);
	release_tail(&log);
}

static int find_and_show(const struct options *options,
			 const struct text_list *paths)
{
	const struct dump *dump = NULL;
	struct dumps dumps;

	if (!dump_text_read(&dumps, paths))
		dump = dump_text_find(&dumps, paths, options->name);
	if (dump && dump->unreadable) {
		warnx("%s: %s", options->name, dump->info.reason);
		dump = NULL;
	}
	if (dump)
		show(options, dump);
	dumps_release(&dumps);
	return dump ? 0 : -1;
}

int cmd_show(int argc, char **argv)
{
	struct options options = { .lines = DEFAULT_LINES };
	const struct verb_option table[] = {
		{ "path", .text = &options.path },
		{ "config", .text = &options.config },
		{ "lines", .number = &options.lines,
		  .parse_number = parse_lines },
		{ "json", .flag = &options.json },
		{}
	};
	const struct verb_operands one_dump = {
		1,
		1,
		"the name of one dump",
	};
	struct text_list paths;
	int ret;

	options.name =
		verb_options_read(argc, argv, usage, table, &one_dump)[0];
	ret = dump_text_paths(&paths, options.path, options.config);
	if (!ret)
		ret = find_and_show(&options, &paths);
	text_list_release(&paths);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
