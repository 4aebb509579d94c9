// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "lib/boot_parameters.h"
#include "tests/unit/scratch.h"

static void assert_value(const char *line, const char *name,
			 const char *expected)
{
	char *value = boot_parameter(line, name);

	if (expected)
		assert_string_equal(value, expected);
	else
		assert_null(value);
	free(value);
}

static void test_values(void **state)
{
	static const char line[] =
		"dmcryptkeys=0x2d5a0000 memmap=4K$0x2d5a0000 quiet name= x=a=b y=1 y=2";

	assert_value(line, "dmcryptkeys", "0x2d5a0000");
	assert_value(line, "quiet", "");
	assert_value(line, "name", "");
	assert_value(line, "x", "a=b");
	assert_value(line, "y", "1");
	assert_value(" \n a=1 \n", "a", "1");
}

static void test_missing(void **state)
{
	static const char line[] =
		"dmcryptkeys2=1 xdmcryptkeys=2 a=dmcryptkeys=3";

	assert_value(line, "dmcryptkeys", NULL);
	assert_value(line, "dm", NULL);
	assert_value("", "dmcryptkeys", NULL);
	assert_value("  ", "dmcryptkeys", NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
