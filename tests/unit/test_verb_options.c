// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "tests/unit/scratch.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/verb_options.h"

#define USAGE "Usage: verb"
#define TRY   "try 'kdump-crypt verb --help'"
#define GO_ON 100 /* exit status if the program was not ended */

static struct {
	const char *path, *pattern;
	unsigned int lines;
	bool json;
} options;

static int parse_lines(const char *argument, unsigned int *lines,
		       struct error *error)
{
	if (sscanf(argument, "%u", lines) == 1)
		return 0;
	return error_set(error, 0, "no number");
}

static const struct verb_option table[] = {
	{ "path", .text = &options.path },
	{ "pattern", .text = &options.pattern },
	{ "lines", .number = &options.lines, .parse_number = parse_lines },
	{ "json", .flag = &options.json },
	{}
};

static const struct verb_operands one = { 1, 1, "one name" };
static const struct verb_operands several = { 2, 3, "some names" };

/* The arguments of a verb, with its name. */
#define ARGUMENTS(...) ((char *[]) { "verb", ##__VA_ARGS__, NULL })

static char **read_all(char **argv, const struct verb_option *list,
		       const struct verb_operands *operands)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	memset(&options, 0, sizeof(options));
	optind = 0;
	return verb_options_read(argc, argv, USAGE "\n", list, operands);
}

/* In a process of its own, because it ends. */
static void assert_end_of(char **argv, const struct verb_option *list,
			  const struct verb_operands *operands, int status,
			  const char *on_stdout, const char *on_stderr)
{
	int ended;
	pid_t child;
	char *text;

	fflush(NULL);
	child = fork();
	assert_return_code(child, errno);
	if (!child) {
		if (!freopen("stdout", "w", stdout) ||
		    !freopen("stderr", "w", stderr))
			_exit(EXIT_FAILURE);
		read_all(argv, list, operands);
		exit(GO_ON);
	}
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_true(WIFEXITED(ended));
	assert_int_equal(WEXITSTATUS(ended), status);
	text = textfile_read("stdout", NULL);
	assert_string_equal(text, on_stdout);
	free(text);
	text = textfile_read("stderr", NULL);
	assert_string_equal(text, on_stderr);
	free(text);
}

static void assert_end(char **argv, int status, const char *on_stdout,
		       const char *on_stderr)
{
	assert_end_of(argv, table, NULL, status, on_stdout, on_stderr);
}

static void assert_accepted(char **argv, const struct verb_operands *operands)
{
	assert_end_of(argv, table, operands, GO_ON, "", "");
}

static void assert_refused(char **argv, const struct verb_operands *operands,
			   const char *reason)
{
	char *line = format("kdump-crypt verb: %s\n" TRY, reason);

	assert_end_of(argv, table, operands, EXIT_USAGE, "", line);
	free(line);
}

static void test_values(void **state)
{
	char **operands;

	operands = read_all(ARGUMENTS(), table, NULL);
	assert_null(operands[0]);
	assert_null(options.path);
	assert_false(options.json);

	operands = read_all(ARGUMENTS("--path", "a b", "--json", "--lines=7"),
			    table, NULL);
	assert_null(operands[0]);
	assert_string_equal(options.path, "a b");
	assert_null(options.pattern);
	assert_int_equal(options.lines, 7);
	assert_true(options.json);

	/* The last one wins. An abbreviation is enough. */
	read_all(ARGUMENTS("--path=a", "--patt=b", "--path="), table, NULL);
	assert_string_equal(options.path, "");
	assert_string_equal(options.pattern, "b");
}

static void test_operands_are_returned(void **state)
{
	char **operands;

	operands = read_all(ARGUMENTS("a", "--json", "--", "--path"), table,
			    &several);
	assert_string_equal(operands[0], "a");
	assert_string_equal(operands[1], "--path");
	assert_null(operands[2]);
	assert_true(options.json);
	assert_null(options.path);

	operands = read_all(ARGUMENTS("a"), NULL, &one);
	assert_string_equal(operands[0], "a");
	assert_null(operands[1]);
}

static void test_help(void **state)
{
	assert_end(ARGUMENTS("--help"), EXIT_SUCCESS, USAGE, "");
	assert_end(ARGUMENTS("-h"), EXIT_SUCCESS, USAGE, "");
	assert_end(ARGUMENTS("a", "--json", "--he", "--nonsense"), EXIT_SUCCESS,
		   USAGE, "");
	assert_end_of(ARGUMENTS("--help"), NULL, &one, EXIT_SUCCESS, USAGE, "");
}

static void test_version(void **state)
{
	assert_end(ARGUMENTS("--version"), EXIT_SUCCESS, "kdump-crypt test",
		   "");
	assert_end(ARGUMENTS("a", "-V", "--nonsense"), EXIT_SUCCESS,
		   "kdump-crypt test", "");
	assert_end_of(ARGUMENTS("--vers"), NULL, &one, EXIT_SUCCESS,
		      "kdump-crypt test", "");
}

static void test_bad_option(void **state)
{
	assert_end(ARGUMENTS("--nonsense", "--help"), EXIT_USAGE, "",
		   "kdump-crypt verb: unrecognized option '--nonsense'\n" TRY);
	assert_end(ARGUMENTS("-j"), EXIT_USAGE, "",
		   "kdump-crypt verb: invalid option -- 'j'\n" TRY);
	assert_end(
		ARGUMENTS("--pat", "a"), EXIT_USAGE, "",
		"kdump-crypt verb: option '--pat' is ambiguous; possibilities: '--path' '--pattern'\n" TRY);
	assert_end_of(ARGUMENTS("--json"), NULL, NULL, EXIT_USAGE, "",
		      "kdump-crypt verb: unrecognized option '--json'\n" TRY);
}

static void test_arguments_of_options(void **state)
{
	assert_end(
		ARGUMENTS("--json", "--path"), EXIT_USAGE, "",
		"kdump-crypt verb: option '--path' requires an argument\n" TRY);
	assert_end(
		ARGUMENTS("--json=yes"), EXIT_USAGE, "",
		"kdump-crypt verb: option '--json' doesn't allow an argument\n" TRY);
	assert_end(
		ARGUMENTS("--help=yes"), EXIT_USAGE, "",
		"kdump-crypt verb: option '--help' doesn't allow an argument\n" TRY);
	assert_refused(ARGUMENTS("--lines", "many", "--help"), NULL,
		       "--lines: no number");
}

static void test_number_of_operands(void **state)
{
	assert_accepted(ARGUMENTS(), NULL);
	assert_refused(ARGUMENTS("a", "b"), NULL,
		       "verb takes no argument: \"a\"");
	assert_refused(ARGUMENTS(), &one, "verb takes one name");
	assert_accepted(ARGUMENTS("a"), &one);
	assert_refused(ARGUMENTS("a", "b"), &one, "verb takes one name");
	assert_refused(ARGUMENTS("a"), &several, "verb takes some names");
	assert_accepted(ARGUMENTS("a", "b", "c"), &several);
	assert_refused(ARGUMENTS("a", "b", "c", "d"), &several,
		       "verb takes some names");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_values),
		scratch_test(test_operands_are_returned),
		scratch_test(test_help),
		scratch_test(test_version),
		scratch_test(test_bad_option),
		scratch_test(test_arguments_of_options),
		scratch_test(test_number_of_operands),
	};

	return cmocka_run_group_tests_name("verb_options", tests, NULL, NULL);
}
