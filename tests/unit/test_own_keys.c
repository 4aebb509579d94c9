// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "lib/textfile.h"
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

static int check_list(const char *count, const char *reuse, struct error *error)
{
	make_text("items/count", count);
	make_text("items/reuse", reuse);
	return own_keys_check("items", error);
}

/* The 129th item is accepted. */
static void test_number_of_items(void **state)
{
	struct error error;

	assert_int_equal(check_list("128\n", "0\n", &error), 0);
	assert_int_equal(check_list("129\n", "0\n", &error), -1);
	assert_int_equal(error.number, ENOSPC);
}

static void test_reuse(void **state)
{
	assert_int_equal(check_list("1\n", "1\n", NULL), 0);
	assert_int_equal(textfile_read_number("items/reuse", NULL), 0);
}

static void test_no_reuse(void **state)
{
	make_text("items/count", "1\n");
	assert_int_equal(own_keys_check("items", NULL), 0);
	assert_false(is_there("items/reuse"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arrive),
		cmocka_unit_test(test_do_not_arrive),
		scratch_test(test_number_of_items),
		scratch_test(test_reuse),
		scratch_test(test_no_reuse),
	};

	return cmocka_run_group_tests_name("own_keys", tests, NULL, NULL);
}
