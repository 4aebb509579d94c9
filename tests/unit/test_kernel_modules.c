// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/host/kernel_modules.h"

static void test_no_modules(void **state)
{
	struct error error;

	assert_null(kernel_modules_new("0.0-none", &error));
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(
		error.reason,
		"no modules for kernel 0.0-none: /lib/modules/0.0-none: No such file or directory");
	kernel_modules_free(NULL);
}

static void test_load_fails(void **state)
{
	struct error error = {};

	assert_int_equal(kernel_modules_load("no_such_module", &error), -1);
	assert_int_not_equal(error.number, 0);
	assert_non_null(strstr(error.reason, "the module no_such_module "));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_modules),
		cmocka_unit_test(test_load_fails),
	};

	return cmocka_run_group_tests_name("kernel_modules", tests, NULL, NULL);
}
