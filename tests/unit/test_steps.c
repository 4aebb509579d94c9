// SPDX-License-Identifier: GPL-2.0-or-later
#include "capture/clock.h"
#include "capture/steps.h"
#include "capture/watchdog.h"
#include "tests/unit/scratch.h"

static double now;
static unsigned int limits;

/* Fakes of the functions in capture/clock.c and capture/watchdog.c. */
double clock_now(void)
{
	return now;
}

void watchdog_set(const char *step, unsigned int seconds)
{
	assert_string_equal(step, step_current());
	assert_int_equal(seconds, 42);
	limits++;
}

static void assert_step(const struct dump_info *info, size_t i,
			const char *name, double seconds)
{
	assert_true(i < info->step_count);
	assert_string_equal(info->steps[i].name, name);
	assert_float_equal(info->steps[i].seconds, seconds, 0.001);
}

/* A single test, as the steps are static. */
static void test_steps(void **state)
{
	struct dump_info info = { 0 };
	unsigned int i;

	steps_fill(&info);
	assert_int_equal(info.step_count, 0);

	/* The first step began with the kernel. A repeated name is no new step. */
	now = 5;
	step_begin("start", 42);
	now = 7;
	step_begin("device", 42);
	now = 8;
	step_begin("device", 42);
	now = 9.5;
	steps_fill(&info);
	assert_int_equal(info.step_count, 2);
	assert_step(&info, 0, "start", 7);
	assert_step(&info, 1, "device", 2.5);
	/* The watchdog gets the limit each time. */
	assert_int_equal(limits, 3);

	/* Filling in again replaces the steps. */
	step_begin("unlock", 42);
	step_begin("device", 42);
	now = 10;
	steps_fill(&info);
	assert_int_equal(info.step_count, 4);
	assert_step(&info, 2, "unlock", 0);
	assert_step(&info, 3, "device", 0.5);

	for (i = 0; i < 1000; i++)
		step_begin(i % 2 ? "device" : "unlock", 42);
	now = 20;
	steps_fill(&info);
	assert_in_range(info.step_count, 5, 999);
	assert_float_equal(dump_info_seconds(&info), 20, 0.001);
	dump_info_release(&info);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
	};

	return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
