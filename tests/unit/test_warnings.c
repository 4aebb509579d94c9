// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/scratch.h"
#include "tool/host/warnings.h"

static void assert_taken(const char *expected)
{
	char *taken = warnings_take();

	if (expected)
		assert_string_equal(taken, expected);
	else
		assert_null(taken);
	free(taken);
}

static void test_nothing(void **state)
{
	FILE *before = stderr;

	warnings_keep();
	assert_taken(NULL);
	assert_ptr_equal(stderr, before);
}

static void test_one(void **state)
{
	warnings_keep();
	errno = ENOENT;
	warn("%s", "file");
	assert_taken("file: No such file or directory");
}

/* What is not from here, as libraries print it, has no program's name. */
static void test_several(void **state)
{
	warnings_keep();
	warnx("test: 1: a");
	fprintf(stderr, "Device is busy.\n");
	warnx("%s", "");
	warnx("b");
	assert_taken("test: 1: a; Device is busy.; ; b");
}

static void test_again(void **state)
{
	warnings_keep();
	warnx("old");
	assert_taken("old");
	warnings_keep();
	warnx("new");
	assert_taken("new");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_again),
	};

	return cmocka_run_group_tests_name("warnings", tests, NULL, NULL);
}
