// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "capture/child.h"
#include "capture/clock.h"
#include "capture/shared.h"
#include "capture/steps.h"
#include "capture/watchdog.h"
#include "capture/worker.h"
#include "lib/run_program.h"
#include "lib/xalloc.h"
#include "tests/unit/fake_report.h"
#include "tests/unit/scratch.h"

static unsigned int ticks, *done;

/* Fakes of the functions in capture/watchdog.c. */
void watchdog_set(const char *step, unsigned int seconds)
{
}

void watchdog_leave(void)
{
}

static void tick(void)
{
	ticks++;
}

static void work(void)
{
	step_begin("test", 100);
	*done = 42;
}

static void hang(void)
{
	*done = 43;
	step_begin("test", 1);
	sleep(100);
	*done = 44;
}

/* A step that makes progress may take as long as it likes. */
static void go_on(void)
{
	int i;

	for (i = 0; i < 6; i++) {
		step_begin("test", 2);
		usleep(500000);
	}
}

static void hang_in_program(void)
{
	char *arguments[] = { "sleep", "100", NULL };
	const struct program program = { .arguments = arguments };

	step_begin("test", 1);
	run_program(&program, NULL);
}

static void die(void)
{
	step_begin("test", 100);
	signal(SIGILL, SIG_DFL);
	__builtin_trap();
}

static void use_all_memory(void)
{
	step_begin("test", 100);
	xcheck(NULL);
}

static void assert_given_up(void (*what)(void), enum worker_end end,
			    const char *why)
{
	double begin = clock_now();

	reports = 0;
	assert_int_equal(worker_run(what, tick), end);
	/* The next reports are about the stack, if this user may see it. */
	assert_true(reports >= 1);
	if (reports == 1)
		assert_string_equal(last_report, why);
	assert_true(clock_now() - begin < 10);
}

static void test_work(void **state)
{
	reports = 0;
	assert_int_equal(worker_run(work, tick), WORKER_DONE);
	assert_int_equal(*done, 42);
	assert_string_equal(step_current(), "test");
	assert_true(step_deadline() > clock_now() + 90);

	ticks = 0;
	assert_int_equal(worker_run(go_on, tick), WORKER_DONE);
	assert_in_range(ticks, 1, 10);
	assert_int_equal(reports, 0);
}

static void test_given_up(void **state)
{
	assert_given_up(hang, WORKER_HANGS, "takes too long, giving up");
	assert_int_equal(*done, 43);
	assert_given_up(hang_in_program, WORKER_HANGS,
			"takes too long, giving up");
	assert_given_up(use_all_memory, WORKER_DIED,
			"out of memory, giving up");
	assert_given_up(die, WORKER_DIED, "its process was killed, giving up");
	/* The next one is not affected. */
	assert_int_equal(worker_run(work, tick), WORKER_DONE);
	assert_int_equal(*done, 42);
}

static int answer(void *context)
{
	usleep(200000);
	return *(int *)context;
}

static void test_child(void **state)
{
	struct child child;
	int number = 77, status;

	assert_int_equal(child_start(&child, answer, &number), 0);
	assert_false(child_wait(&child, 0, &status));
	assert_true(child_wait(&child, 10, &status));
	assert_int_equal(status, 77);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_work),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_child),
	};

	steps_share();
	done = shared_memory(sizeof(*done));
	return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
