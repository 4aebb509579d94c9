// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "capture/clock.h"
#include "capture/progress.h"
#include "tests/unit/fake_report.h"
#include "tests/unit/scratch.h"

#define MIB (1024LL * 1024)

static double now;

/* A fake of the function in capture/clock.c. */
double clock_now(void)
{
	return now;
}

static void assert_line(struct progress *progress, long long bytes, double when,
			const char *expected)
{
	char line[128];

	progress_format(progress, bytes, when, line, sizeof(line));
	assert_string_equal(line, expected);
}

/* As makedumpfile prints them, without the carriage return. */
static void test_lines(void **state)
{
	static const char *const lines[] = {
		"Copying data                                      : [ 45.3 %] /          eta: 3s",
		"Copying data                                      : [100.0 %] \\           eta: 0s",
		"Checking for memory holes                         : [  0.0 %] /                  ",
		"Excluding unnecessary pages                       : [ 99.9 %] |                  ",
	};
	static const char *const others[] = {
		"",
		"The dumpfile is saved to vmcore-incomplete.",
		"Copying data",
		"Copying data : [",
		"Copying data : [x.0 %]",
		"Copying data : [ 45.3 ",
		"Copying data : [999.0 %]",
		"Copying data : [-1.0 %]",
		"Can't write: [ 1.0 MiB]",
	};
	struct progress progress;
	size_t i;

	progress_init(&progress, 0);
	for (i = 0; i < ARRAY_SIZE(lines); i++)
		assert_true(progress_parse(&progress, lines[i], 1));
	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (progress_parse(&progress, others[i], 1))
			fail_msg("taken for progress: %s", others[i]);
	assert_int_equal(progress.permille, 1000);
}

static void test_without_percent(void **state)
{
	struct progress progress;

	progress_init(&progress, 10);
	assert_line(&progress, 0, 12, "0.0 MiB so far, 0.0 MiB/s");
	/* The progress of excluding pages is not the progress of copying. */
	progress_parse(&progress, "Excluding unnecessary pages : [ 50.0 %] |",
		       13);
	assert_line(&progress, 5 * MIB, 14, "5.0 MiB so far, 2.5 MiB/s");
}

static void test_time_left(void **state)
{
	struct progress progress;

	progress_init(&progress, 0);
	progress_parse(&progress, "Copying data : [ 10.0 %] /", 10);
	/* Neither one point nor two close ones are enough for a time left. */
	assert_line(&progress, 10 * MIB, 10,
		    "10.0 %, 10.0 MiB so far, 1.0 MiB/s");
	progress_parse(&progress, "Copying data : [ 14.9 %] /", 11);
	assert_line(&progress, 10 * MIB, 11,
		    "14.9 %, 10.0 MiB so far, 0.0 MiB/s");
	progress_parse(&progress, "Copying data : [ 20.0 %] /", 12);
	assert_line(&progress, 30 * MIB, 12,
		    "20.0 %, 30.0 MiB so far, 20.0 MiB/s, 16 s left");
	assert_line(&progress, 30 * MIB, 14,
		    "20.0 %, 30.0 MiB so far, 0.0 MiB/s, 32 s left");
	assert_line(&progress, 30 * MIB, 22,
		    "20.0 %, 30.0 MiB so far, 0.0 MiB/s, 1 min 36 s left");
	assert_line(&progress, 30 * MIB, 1010,
		    "20.0 %, 30.0 MiB so far, 0.0 MiB/s, 2 h 13 min left");
	progress_parse(&progress, "Copying data : [100.0 %] /", 1012);
	assert_line(&progress, 31 * MIB, 1012,
		    "100.0 %, 31.0 MiB so far, 0.5 MiB/s, 0 s left");
}

/* No time has passed, or the file became shorter: nothing divides by 0. */
static void test_odd_clocks(void **state)
{
	struct progress progress;

	progress_init(&progress, 5);
	assert_line(&progress, MIB, 5, "1.0 MiB so far, 0.0 MiB/s");
	assert_line(&progress, 0, 6, "0.0 MiB so far, -1.0 MiB/s");
}

static void test_report(void **state)
{
	struct progress progress;

	progress_init(&progress, 10);
	now = 11.9;
	progress_report(&progress, "test", MIB);
	assert_string_equal(last_report, "");
	now = 12;
	progress_report(&progress, "test", MIB);
	assert_string_equal(last_report, "1.0 MiB so far, 0.5 MiB/s");
	last_report[0] = '\0';
	now = 13.9;
	progress_report(&progress, "test", 2 * MIB);
	assert_string_equal(last_report, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_without_percent),
		cmocka_unit_test(test_time_left),
		cmocka_unit_test(test_odd_clocks),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
