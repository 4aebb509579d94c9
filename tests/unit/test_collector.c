// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capture/clock.h"
#include "capture/collector.h"
#include "capture/steps.h"
#include "tests/unit/fake_report.h"
#include "tests/unit/scratch.h"

static unsigned int steps;
static struct error error;

/* Fakes of the functions in capture/clock.c and capture/steps.c. */

double clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

void step_begin(const char *step, unsigned int seconds)
{
	assert_in_range(seconds, 60, 70);
	steps++;
}

static int run(const char *script, unsigned int stall)
{
	char *arguments[] = { "/bin/sh", "-c", (char *)script, NULL };

	reports = 0;
	steps = 0;
	return collector_run("test", arguments, "work", "out", stall, &error);
}

static void assert_failure(const char *script, const char *reason)
{
	memset(&error, 0, sizeof(error));
	assert_int_equal(run(script, 5), -1);
	assert_string_equal(error.reason, reason);
}

static int set_up(void **state)
{
	int ret = scratch_make(state);

	make_directory("work");
	return ret;
}

static void test_status(void **state)
{
	assert_int_equal(run("exit 0", 5), 0);
	assert_failure("exit 3", "/bin/sh failed with status 3");
	assert_int_equal(error.number, 0);
	assert_failure("kill -9 $$",
		       "/bin/sh was ended by signal 9 (out of memory?)");
	assert_failure("kill -15 $$", "/bin/sh was ended by signal 15");
	assert_failure("exec >&- 2>&-; sleep 0.3; exit 4",
		       "/bin/sh failed with status 4");
}

static void test_place(void **state)
{
	assert_int_equal(run("pwd >where", 5), 0);
	assert_true(is_there("work/where"));
}

static void test_words(void **state)
{
	static const char prefix[] = "/bin/sh failed with status 1: ";
	const char *words = error.reason + strlen(prefix);

	assert_failure("echo one; echo two >&2;"
		       "printf '\\n\\nmakedumpfile Failed.\\n'; exit 1",
		       "/bin/sh failed with status 1: two");
	assert_failure("echo 'Write error';"
		       "printf '\\rCopying data : [ 10.0 %%] /'; exit 1",
		       "/bin/sh failed with status 1: Write error");
	assert_failure("printf 'no line end'; exit 1",
		       "/bin/sh failed with status 1: no line end");
	/* Lines that are longer than the buffer. */
	assert_int_equal(
		run("head -c 1000000 /dev/zero | tr '\\0' x; echo; head -c 600 /dev/zero | tr '\\0' y; exit 1",
		    5),
		-1);
	assert_int_equal(strlen(words), 511);
	assert_int_equal(words[0], 'y');
}

static void test_progress(void **state)
{
	run("printf '\\rCopying data : [ 10.0 %%] /'; sleep 1; "
	    "printf '\\rCopying data : [ 50.0 %%] /'; echo >out; sleep 2.5",
	    5);
	assert_in_range(reports, 1, 2);
	assert_non_null(strstr(last_report, "50.0 %, 0.0 MiB so far, "));
	assert_non_null(strstr(last_report, " left"));
}

static void test_cannot_start(void **state)
{
	char *arguments[] = { "/missing", NULL };

	assert_int_equal(collector_run("test", arguments, "work", "out", 5,
				       &error),
			 -1);
	assert_int_equal(error.number, ENOENT);
	arguments[0] = "/bin/true";
	assert_int_equal(collector_run("test", arguments, "gone", "out", 5,
				       &error),
			 -1);
	assert_int_equal(error.number, ENOENT);
}

/* A program is alive as long as it prints or its file grows. */
static void test_stall(void **state)
{
	assert_int_equal(
		run("for i in 1 2 3 4 5 6; do echo $i >>out; sleep 0.5; done",
		    2),
		0);
	assert_int_equal(
		run("for i in 1 2 3 4 5 6; do echo $i; sleep 0.5; done", 2), 0);
	assert_in_range(steps, 4, 100);
	assert_int_equal(run("exec sleep 60", 2), -1);
	assert_int_equal(error.number, ETIMEDOUT);
	assert_string_equal(
		error.reason,
		"/bin/sh made no progress for 2 seconds and was killed");
}

static void test_leaks_no_descriptor(void **state)
{
	int before = open("/", O_RDONLY), after;

	close(before);
	run("exit 0", 5);
	run("exec >&- 2>&-; exit 1", 5);
	after = open("/", O_RDONLY);
	close(after);
	assert_int_equal(before, after);
}

#define collector_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, scratch_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		collector_test(test_status),
		collector_test(test_place),
		collector_test(test_words),
		collector_test(test_progress),
		collector_test(test_cannot_start),
		collector_test(test_stall),
		collector_test(test_leaks_no_descriptor),
	};

	return cmocka_run_group_tests_name("collector", tests, NULL, NULL);
}
