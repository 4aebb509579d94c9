// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "tests/unit/scratch.h"
#include "tool/host/crypttab.h"

static void assert_text(char *text, const char *expected)
{
	if (expected) {
		assert_non_null(text);
		assert_string_equal(text, expected);
	} else {
		assert_null(text);
	}
	free(text);
}

static void test_device(void **state)
{
	assert_text(crypttab_device("a UUID=1-2 none luks"), "UUID=1-2");
	assert_text(crypttab_device("\t a\t \t/dev/sda3"), "/dev/sda3");
	assert_text(crypttab_device("a /dev/sda3 "), "/dev/sda3");
	assert_text(crypttab_device(""), NULL);
	assert_text(crypttab_device(" \t"), NULL);
	assert_text(crypttab_device("a"), NULL);
	assert_text(crypttab_device("a\t"), NULL);
	assert_text(crypttab_device("# a /dev/sda3 none luks"), NULL);
	assert_text(crypttab_device("  #a /dev/sda3 none luks"), NULL);
}

static void test_option(void **state)
{
	assert_text(crypttab_option("a b none luks,x=1,discard", "x"), "1");
	assert_text(crypttab_option("a b none x=1", "x"), "1");
	assert_text(crypttab_option("a b none x=", "x"), "");
	assert_text(crypttab_option("a b none x=y=z,x=2", "x"), "y=z");
	assert_text(crypttab_option("a b none x", "x"), NULL);
	assert_text(crypttab_option("a b none xy=1,yx=2", "x"), NULL);
	assert_text(crypttab_option("a b x=1", "x"), NULL);
	assert_text(crypttab_option("a b none luks x=1", "x"), NULL);
	assert_text(crypttab_option("a b none luks # x=1", "x"), NULL);
	assert_text(crypttab_option("", "x"), NULL);
}

static void test_add_option(void **state)
{
	assert_text(crypttab_add_option("a b none luks,discard", "x=1"),
		    "a b none luks,discard,x=1");
	/* Its blanks stay as they are. */
	assert_text(crypttab_add_option(" a\t b  none\tluks \t", "x=1"),
		    " a\t b  none\tluks,x=1 \t");
	assert_text(crypttab_add_option("a b none luks  # the disk", "x=1"),
		    "a b none luks,x=1  # the disk");
	assert_text(crypttab_add_option("a b /key", "x=1"), "a b /key x=1");
	assert_text(crypttab_add_option("a b /key\t", "x=1"), "a b /key x=1\t");
	assert_text(crypttab_add_option("a b", "x=1"), "a b none x=1");
	assert_text(crypttab_add_option("a\tb # the disk", "x=1"),
		    "a\tb none x=1 # the disk");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_option),
		cmocka_unit_test(test_add_option),
	};

	return cmocka_run_group_tests_name("crypttab", tests, NULL, NULL);
}
