// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/scratch.h"
#include "tool/keys/own_keys.h"

static void test_arrive(void **state)
{
	assert_true(own_keys_arrive("x86_64", "6.16.0-1-generic"));
	assert_true(own_keys_arrive("x86_64", "7.3.4+deb13-amd64"));
	assert_true(own_keys_arrive("aarch64", "7.1.0-3-generic"));
	assert_true(own_keys_arrive("aarch64", "7.10.1"));
	assert_true(own_keys_arrive("ppc64le", "7.2"));
}

static void test_do_not_arrive(void **state)
{
	assert_false(own_keys_arrive("aarch64", "7.0.12-generic"));
	assert_false(own_keys_arrive("aarch64", "6.17.0-5-generic"));
	assert_false(own_keys_arrive("ppc64le", "6.12.0-130.el10.ppc64le"));
	assert_false(own_keys_arrive("riscv64", "7.3.4"));
	assert_false(own_keys_arrive("s390x", "7.3.4"));
	assert_false(own_keys_arrive("i686", "7.3.4"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arrive),
		cmocka_unit_test(test_do_not_arrive),
	};

	return cmocka_run_group_tests_name("own_keys", tests, NULL, NULL);
}
