// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/collector_version.h"
#include "lib/run_program.h"
#include "lib/text_list.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/core_collector.h"

#define BLANKS		" \t\r\n"
#define PROGRAM		"makedumpfile"
#define WITH_ARGUMENT	"bdgiLx" /* short options of makedumpfile */
#define CHECK		"--check-params"
#define THREADS		"--num-threads"
#define NEW_PAGE_TYPES	"6.12" /* the first Linux that has them */
#define HUGE_PAGES	"/sys/kernel/mm/hugepages/*/nr_hugepages"
#define VERSION_MARK	"version " /* "makedumpfile: version 1.7.6 (released" */
#define SECONDS		10
#define OUTPUT_SIZE	256
#define REMOVE		": remove it"
#define NO_VMCORE(name) "has " name ", which leaves no vmcore" REMOVE

static const struct {
	const char *name;
	const char *problem;
} refused[] = {
	{ "-F",
	  "has -F, which writes to standard output and leaves no vmcore" REMOVE },
	{ "-e",
	  "has -e, which needs a work directory that the crash kernel does not have" REMOVE },
	{ "-g", NO_VMCORE("-g") },
	{ "-h", NO_VMCORE("-h") },
	{ "-R", NO_VMCORE("-R") },
	{ "-v", NO_VMCORE("-v") },
	{ "--split",
	  "has --split, which writes several files instead of one vmcore" REMOVE },
	{ "--reassemble", NO_VMCORE("--reassemble") },
	{ "--diskset", NO_VMCORE("--diskset") },
	{ "--dump-dmesg",
	  "has --dump-dmesg, which leaves no vmcore; the kernel log is saved anyway" REMOVE },
	{ "--mem-usage", NO_VMCORE("--mem-usage") },
	{ "--dry-run", NO_VMCORE("--dry-run") },
	{ CHECK, NO_VMCORE(CHECK) },
	{ "--help", NO_VMCORE("--help") },
};

/* @length is that of the name of the option, which may be abbreviated. */
static const char *find_refused(const char *option, size_t length)
{
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (!strncmp(option, refused[i].name, length))
			return refused[i].problem;
	return NULL;
}

/* "-lF" is "-l -F". Set @takes_next if the next word is an argument. */
static const char *check_short(const char *word, bool *takes_next)
{
	char option[] = "-?";
	const char *problem;

	for (word++; *word; word++) {
		option[1] = *word;
		problem = find_refused(option, 2);
		if (problem)
			return problem;
		if (strchr(WITH_ARGUMENT, *word)) {
			*takes_next = !word[1];
			break;
		}
	}
	return NULL;
}

static const char *check_word(const char *word, bool *takes_next)
{
	size_t length = strcspn(word, "=");

	if (word[0] != '-' || !word[1])
		return NULL;
	if (word[1] != '-')
		return check_short(word, takes_next);
	return length > 2 ? find_refused(word, length) : NULL;
}

const char *core_collector_problem(const char *value)
{
	char *words = xstrdup(value), *state;
	char *word = strtok_r(words, BLANKS, &state);
	const char *problem = NULL;
	bool is_argument = false;

	if (!word || strcmp(word, PROGRAM))
		problem = "must be " PROGRAM " with its options";
	while (!problem && (word = strtok_r(NULL, BLANKS, &state))) {
		bool takes_next = false;

		if (!is_argument)
			problem = check_word(word, &takes_next);
		is_argument = takes_next;
	}
	free(words);
	return problem;
}

char *core_collector_for(const char *value, unsigned int cpus)
{
	if (cpus == 1 || strstr(value, THREADS))
		return xstrdup(value);
	return xasprintf("%s " THREADS " %u", value, cpus);
}

struct output {
	char text[OUTPUT_SIZE];
	size_t length;
};

static void take_output(const char *text, size_t length, void *context)
{
	struct output *output = context;
	size_t room = OUTPUT_SIZE - 1 - output->length;

	if (length > room)
		length = room;
	memcpy(output->text + output->length, text, length);
	output->length += length;
}

static int run(char *const *arguments, struct output *output,
	       struct error *error)
{
	const struct program program = {
		.arguments = arguments,
		.output = take_output,
		.output_has_errors = true,
		.seconds = SECONDS,
		.context = output,
	};

	return run_program(&program, error);
}

static int run_check(const struct text_list *words, struct output *output,
		     struct error *error)
{
	size_t size = (words->count + 1) * sizeof(char *);
	char **arguments = xrealloc(NULL, size);
	int ret;

	memcpy(arguments, words->items, size - sizeof(char *));
	arguments[words->count] = NULL;
	ret = run(arguments, output, error);
	free(arguments);
	return ret;
}

char *core_collector_version(void)
{
	static char *const arguments[] = { PROGRAM, "-v", NULL };
	struct output output = {};
	const char *version;

	if (run(arguments, &output, NULL))
		return NULL;
	version = strstr(output.text, VERSION_MARK);
	if (!version)
		return NULL;
	version += strlen(VERSION_MARK);
	return xasprintf("%.*s", (int)strcspn(version, BLANKS), version);
}

int core_collector_try(const char *value, struct error *error)
{
	struct output output = {};
	struct text_list words = {};
	char *copy = xstrdup(value), *state, *word;
	struct error reason = {};
	int ret;

	for (word = strtok_r(copy, BLANKS, &state); word;
	     word = strtok_r(NULL, BLANKS, &state))
		text_list_add(&words, word);
	text_list_add(&words, CHECK);
	text_list_add(&words, "/proc/vmcore");
	text_list_add(&words, "vmcore");
	ret = run_check(&words, &output, &reason);
	text_list_release(&words);
	free(copy);
	if (ret < 0 && reason.number == ENOENT)
		return 0;
	if (ret < 0)
		return error_set(error, reason.number, "%s", reason.reason);
	if (!ret || strstr(output.text, CHECK))
		return 0;
	/* The first line is the reason, if it gives one. */
	word = output.text + strspn(output.text, "\n");
	word[strcspn(word, "\n")] = '\0';
	return error_set(
		error, EINVAL,
		"core_collector %s: makedumpfile does not accept these options (%s): correct them in the configuration",
		value, *word ? word : "makedumpfile gives no reason");
}

static bool has_new_page_types(void)
{
	struct utsname kernel;

	return !uname(&kernel) &&
	       strverscmp(kernel.release, NEW_PAGE_TYPES) >= 0;
}

static bool has_huge_pages(void)
{
	bool found = false;
	glob_t files;
	size_t i;

	if (glob(HUGE_PAGES, 0, NULL, &files))
		return false;
	for (i = 0; i < files.gl_pathc; i++)
		found |= textfile_read_number(files.gl_pathv[i], NULL) > 0;
	globfree(&files);
	return found;
}

char *core_collector_concern(const char *version, const char *value)
{
	const char *when = "";

	if (!version || !collector_version_keeps_free_pages(version) ||
	    !has_new_page_types() || !collector_leaves_out_free_pages(value))
		return NULL;
	if (collector_version_takes_names(version, value)) {
		if (!has_huge_pages())
			return NULL;
		when = " if there are huge pages";
	} else if (collector_version_can_take_names(version)) {
		when = " with these options of core_collector";
	}
	return xasprintf(
		"makedumpfile %s does not recognize free memory of this kernel%s: dumps will contain all memory that was ever used",
		version, when);
}
