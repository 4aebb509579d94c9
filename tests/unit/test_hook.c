// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "capture/hook.h"
#include "capture/logged_program.h"
#include "capture/steps.h"
#include "tests/unit/fake_report.h"
#include "tests/unit/scratch.h"

static char program[] = "/root/hook";
static int result; /* of the program */
static unsigned int runs;

/* Fakes of the functions in capture/logged_program.c and capture/steps.c. */
int logged_program_run(char *const *arguments, const char *log,
		       unsigned int seconds, struct error *error)
{
	assert_string_equal(arguments[0], program);
	runs++;
	return result < 0 ? error_set(error, ENOENT, "it cannot run") : result;
}

void logged_program_report(const char *step, const char *log)
{
}

void step_begin(const char *name, unsigned int seconds)
{
	assert_string_equal(name, "test");
}

static void assert_result(int of_program, int expected, const char *last)
{
	result = of_program;
	assert_int_equal(hook_run("test", program, NULL), expected);
	assert_string_equal(last_report, last);
}

static void test_success(void **state)
{
	assert_result(0, 0, "running /root/hook");
}

static void test_failure(void **state)
{
	assert_result(1, 1, "/root/hook failed with status 1");
	assert_result(128, 128, "/root/hook failed with status 128");
	assert_result(255, 255, "/root/hook failed with status 255");
}

/* It did not say that the dump is unwanted. */
static void test_no_answer(void **state)
{
	assert_result(-1, 0, "it cannot run: going on");
	assert_result(128 + 11, 0,
		      "/root/hook was ended by signal 11: going on");
}

static void test_no_program(void **state)
{
	unsigned int before = runs;

	assert_int_equal(hook_run("test", NULL, NULL), 0);
	assert_int_equal(runs, before);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_success),
		cmocka_unit_test(test_failure),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_no_program),
	};

	return cmocka_run_group_tests_name("hook", tests, NULL, NULL);
}
