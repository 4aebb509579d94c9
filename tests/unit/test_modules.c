// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/child.h"
#include "capture/clock.h"
#include "capture/machine.h"
#include "capture/modules.h"
#include "capture/report.h"
#include "capture/shared.h"
#include "capture/watchdog.h"
#include "lib/xalloc.h"
#include "tests/unit/scratch.h"

static char *log_text;
static unsigned int *slow_loaded;

/* Fakes of what the capture program has. */
void watchdog_set(const char *step, unsigned int seconds)
{
}

void report(const char *step, const char *format, ...)
{
	va_list arguments;
	char *text, *longer;

	assert_string_equal(step, "modules");
	va_start(arguments, format);
	text = xvasprintf(format, arguments);
	va_end(arguments);
	longer = xasprintf("%s%s\n", log_text ?: "", text);
	free(text);
	free(log_text);
	log_text = longer;
}

/* /needs-slow needs a symbol of /slow. */
int machine_load_module(const char *module, struct error *error)
{
	if (!strcmp(module, "/slow seconds=5")) {
		sleep(5);
		*slow_loaded = 1;
	}
	if (!strcmp(module, "/bad"))
		return error_set(error, ENODEV, "cannot load /bad");
	if (!strcmp(module, "/needs-slow") && !*slow_loaded)
		return error_set(error, ENOENT, "cannot load /needs-slow");
	return 0;
}

static void assert_logged(const char *text)
{
	assert_string_equal(log_text, text);
	free(log_text);
	log_text = NULL;
}

static void test_modules(void **state)
{
	struct plan plan = {};
	double begin = clock_now();

	slow_loaded = shared_memory(sizeof(*slow_loaded));
	text_list_add(&plan.modules, "/good");
	text_list_add(&plan.modules, "/slow seconds=5");
	text_list_add(&plan.modules, "/needs-slow");
	text_list_add(&plan.modules, "/bad");
	text_list_add(&plan.modules, "/last");
	modules_load(&plan);
	/* The others do not wait for the slow one. */
	assert_true(clock_now() - begin < 4.9);
	assert_logged("/slow takes its time: going on meanwhile\n"
		      "cannot load /needs-slow: No such file or directory\n"
		      "cannot load /bad: No such device\n"
		      "2 of 5 loaded\n");
	modules_check();
	assert_null(log_text);
	assert_true(modules_idle() == 0);

	while (modules_idle() == 0 && clock_now() - begin < 30) {
		usleep(200000);
		modules_check();
	}
	assert_logged("/slow loaded, late\n"
		      "/needs-slow loaded, late\n");
	modules_check();
	assert_null(log_text);
	usleep(100000);
	assert_true(modules_idle() >= 0.1);
	text_list_release(&plan.modules);
}

/* A worker does it, and the next worker does not do it again. */
static int load_on_demand(void *context)
{
	const char *expected = context;

	if (!expected)
		return modules_load_on_demand();
	return !modules_load_on_demand() || strcmp(log_text, expected);
}

static int in_child(char *expected)
{
	struct child child;
	int status = -1;

	assert_int_equal(child_start(&child, load_on_demand, expected), 0);
	assert_true(child_wait(&child, 30, &status));
	return status;
}

static void test_on_demand(void **state)
{
	struct plan plan = {};

	text_list_add(&plan.modules, "/good");
	text_list_add(&plan.modules_on_demand, "/other");
	text_list_add(&plan.modules_on_demand, "/bad");
	modules_load(&plan);
	assert_logged("1 of 1 loaded\n");
	assert_int_equal(in_child("cannot load /bad: No such device\n"
				  "1 of 2 loaded on demand\n"),
			 0);
	assert_int_equal(in_child(NULL), 0);
	modules_check();
	assert_null(log_text);
	text_list_release(&plan.modules);
	text_list_release(&plan.modules_on_demand);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_on_demand),
	};

	return cmocka_run_group_tests_name("modules", tests, NULL, NULL);
}
