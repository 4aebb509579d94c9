// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/run_program.h"
#include "tests/unit/scratch.h"

static struct error error;
static char output[100];
static unsigned int ticks, lines;

static int run(struct program program, const char *script)
{
	char *arguments[] = { "sh", "-c", (char *)script, NULL };

	program.arguments = arguments;
	memset(&error, 0, sizeof(error));
	memset(output, 0, sizeof(output));
	ticks = 0;
	return run_program(&program, &error);
}

static void take_output(const char *text, size_t length, void *context)
{
	assert_string_equal(context, "context");
	strncat(output, text, length);
}

static bool go_on(void *context)
{
	ticks++;
	return true;
}

static bool give_up(void *context)
{
	return false;
}

static void assert_text(const char *file, const char *text)
{
	char there[100] = "";
	FILE *stream = fopen(file, "r");

	assert_non_null(stream);
	assert_true(fread(there, 1, sizeof(there) - 1, stream) > 0);
	fclose(stream);
	assert_string_equal(there, text);
}

static void test_status(void **state)
{
	const struct program limited = { .seconds = 5 };

	assert_int_equal(run((struct program) {}, "exit 0"), 0);
	assert_int_equal(run((struct program) {}, "exit 3"), 3);
	assert_int_equal(run((struct program) {}, "kill -9 $$"), 128 + 9);
	assert_int_equal(run(limited, "exit 3"), 3);
	assert_int_equal(run(limited, "kill -9 $$"), 128 + 9);
}

static void test_cannot_start(void **state)
{
	char *arguments[] = { "/missing", NULL };
	const struct program program = { .arguments = arguments };

	assert_int_equal(run_program(&program, &error), -1);
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(error.reason, "cannot start /missing: "
					  "No such file or directory");
	assert_int_equal(run((struct program) { .directory = "gone" }, ":"),
			 -1);
	assert_int_equal(error.number, ENOENT);
	assert_int_equal(run((struct program) { .log = "gone/log" }, ":"), -1);
	assert_int_equal(error.number, ENOENT);
}

static void test_place(void **state)
{
	make_directory("work");
	assert_int_equal(run((struct program) { .directory = "work" },
			     "echo >file"),
			 0);
	assert_true(is_there("work/file"));
}

static void test_environment(void **state)
{
	char *const environment[] = { "A=1", NULL };
	const struct program program = { .environment = environment };

	setenv("B", "2", 1);
	assert_int_equal(run((struct program) {}, "test -z $A && test $B = 2"),
			 0);
	assert_int_equal(run(program, "test $A = 1 && test -z $B"), 0);
}

static void test_log(void **state)
{
	const struct program program = { .log = "log" };

	make_text("log", "what was there before, and is longer");
	assert_int_equal(run(program, "echo one; echo two >&2"), 0);
	assert_text("log", "one\ntwo\n");
}

static void test_output(void **state)
{
	struct program program = {
		.output = take_output,
		.output_has_errors = true,
		.context = "context",
	};

	assert_int_equal(run(program, "echo one; echo two >&2; printf end"), 0);
	assert_string_equal(output, "one\ntwo\nend");
	program.output_has_errors = false;
	assert_int_equal(run(program, "echo one; : >&2"), 0);
	assert_string_equal(output, "one\n");
	/* It may close its output long before it ends. */
	assert_int_equal(run(program, "exec >&-; sleep 0.3; exit 4"), 4);
	/* What it leaves behind may keep the output open. */
	assert_int_equal(run(program, "echo one; sleep 3 & echo $! >pid"), 0);
	assert_string_equal(output, "one\n");
	assert_int_equal(run((struct program) {}, "kill $(cat pid)"), 0);
}

static void test_tick(void **state)
{
	assert_int_equal(run((struct program) { .tick = go_on }, "sleep 2.5"),
			 0);
	assert_in_range(ticks, 2, 4);
	assert_int_equal(run((struct program) { .tick = give_up }, "sleep 60"),
			 -1);
	assert_int_equal(error.number, ETIMEDOUT);
}

/* All that it started is killed with it. */
static void test_deadline(void **state)
{
	pid_t child;
	FILE *file;

	assert_int_equal(run((struct program) { .seconds = 1 },
			     "trap '' TERM; sleep 60 & echo $! >pid; wait"),
			 -1);
	assert_int_equal(error.number, ETIMEDOUT);
	assert_string_equal(error.reason,
			    "sh did not end within 1 seconds and was killed");
	file = fopen("pid", "r");
	assert_int_equal(fscanf(file, "%d", &child), 1);
	fclose(file);
	/* It may still have to be reaped, by init. */
	for (ticks = 0; !kill(child, 0) && ticks < 20; ticks++) {
		char state_of[100] = "", *name;

		name = format("/proc/%d/stat", child);
		file = fopen(name, "r");
		free(name);
		if (file) {
			fgets(state_of, sizeof(state_of), file);
			fclose(file);
		}
		if (strstr(state_of, ") Z "))
			break;
		usleep(100000);
	}
	assert_in_range(ticks, 0, 19);
}

/* Only a program with a limit has a session of its own, and no input. */
static void test_session(void **state)
{
	static const char is_leader[] = "test $(ps -o sid= $$) -eq $$";

	assert_int_equal(run((struct program) {}, is_leader), 1);
	assert_int_equal(run((struct program) { .seconds = 5 }, is_leader), 0);
	assert_int_equal(run((struct program) { .seconds = 5 }, "! read line"),
			 0);
}

static void visit(char *line, void *context)
{
	static const char *const expected[] = { "one", "", "three" };

	assert_in_range(lines, 0, 2);
	assert_string_equal(line, expected[lines]);
	lines++;
}

static void visit_long(char *line, void *context)
{
	lines++;
	assert_int_equal(strlen(line), 1000000);
}

/* Return what run_program_for_each_line() returns, and count the lines. */
static int run_for_lines(const char *script,
			 void (*each)(char *line, void *context))
{
	char *arguments[] = { "sh", "-c", (char *)script, NULL };

	lines = 0;
	return run_program_for_each_line(arguments, each, NULL, &error);
}

static void test_lines(void **state)
{
	char *missing[] = { "missing-program", NULL };

	assert_int_equal(run_for_lines("printf 'one\\n\\nthree\\n'; exit 2",
				       visit),
			 2);
	assert_int_equal(lines, 3);
	assert_int_equal(run_for_lines("printf 'one\\n\\nthree'", visit), 0);
	assert_int_equal(lines, 3);
	assert_int_equal(run_for_lines("head -c 1000000 /dev/zero | tr '\\0' x",
				       visit_long),
			 0);
	assert_int_equal(lines, 1);
	assert_int_equal(run_program_for_each_line(missing, visit, NULL,
						   &error),
			 -1);
	assert_int_equal(error.number, ENOENT);
}

static void test_all_lines(void **state)
{
	char *arguments[] = { "sh", "-c", "echo one; echo >&2; exit 3", NULL };

	lines = 0;
	assert_int_equal(run_program_for_all_lines(arguments, visit, NULL,
						   &error),
			 3);
	assert_int_equal(lines, 2);
}

static void test_leaks_no_descriptor(void **state)
{
	const struct program program = {
		.output = take_output,
		.context = "context",
	};
	int before = open("/", O_RDONLY), after;

	close(before);
	run(program, "exit 0");
	run(program, "exec >&-; exit 1");
	run((struct program) { .log = "gone/log" }, "exit 0");
	run((struct program) { .tick = give_up }, "sleep 60");
	after = open("/", O_RDONLY);
	close(after);
	assert_int_equal(before, after);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_status),
		scratch_test(test_cannot_start),
		scratch_test(test_place),
		scratch_test(test_environment),
		scratch_test(test_log),
		scratch_test(test_output),
		scratch_test(test_tick),
		scratch_test(test_deadline),
		scratch_test(test_session),
		scratch_test(test_lines),
		scratch_test(test_all_lines),
		scratch_test(test_leaks_no_descriptor),
	};

	return cmocka_run_group_tests_name("run_program", tests, NULL, NULL);
}
