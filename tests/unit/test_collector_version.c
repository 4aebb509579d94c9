// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/collector_version.h"
#include "tests/unit/scratch.h"

static void test_keeps_free_pages(void **state)
{
	assert_true(collector_version_keeps_free_pages("1.7.6"));
	assert_true(collector_version_keeps_free_pages("1.7.5"));
	assert_true(collector_version_keeps_free_pages("1.6.10"));
	assert_false(collector_version_keeps_free_pages("1.7.7"));
	assert_false(collector_version_keeps_free_pages("1.7.10"));
	assert_false(collector_version_keeps_free_pages("1.8.0"));
}

static void test_takes_names(void **state)
{
	static const char *const good[] = {
		"makedumpfile -l --message-level 7 -d 31",
		"makedumpfile -d31",
		"makedumpfile -ld 31 --num-threads 2",
		"makedumpfile -l -d 17",
		"makedumpfile -E -d 25,31",
		"makedumpfile -b 4 -d 30",
	};
	static const char *const bad[] = {
		"makedumpfile",
		"makedumpfile -l",
		/* Free pages are wanted. */
		"makedumpfile -d 15",
		"makedumpfile -d 1,31",
		/* User data is wanted, but no page cache. */
		"makedumpfile -d 23",
		"makedumpfile -d 19",
		"makedumpfile -d 31 -d 23",
		"makedumpfile -d 0x1f",
		"makedumpfile -d",
		"makedumpfile -d 31,",
		/* It takes one file with names. */
		"makedumpfile -d 31 -i /names",
		"makedumpfile -li /names -d 31",
		"makedumpfile -x /vmlinux -d 31",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_true(collector_version_takes_names("1.7.6", good[i]));
		assert_false(collector_version_takes_names("1.7.5", good[i]));
		assert_false(collector_version_takes_names("1.7.6++", good[i]));
		assert_false(collector_version_takes_names("1.7.7", good[i]));
		assert_false(collector_version_takes_names(NULL, good[i]));
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(collector_version_takes_names("1.7.6", bad[i]));
}

static void test_leaves_out_free_pages(void **state)
{
	assert_true(collector_leaves_out_free_pages("makedumpfile -l -d 31"));
	assert_true(collector_leaves_out_free_pages("makedumpfile -d 23"));
	assert_true(collector_leaves_out_free_pages("makedumpfile -d17,31"));
	assert_true(collector_leaves_out_free_pages(
		"makedumpfile -d 31 -x /vmlinux"));
	assert_false(collector_leaves_out_free_pages("makedumpfile -l"));
	assert_false(collector_leaves_out_free_pages("makedumpfile -d 15"));
	assert_false(collector_leaves_out_free_pages("makedumpfile -d 31,1"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_free_pages),
		cmocka_unit_test(test_takes_names),
		cmocka_unit_test(test_leaves_out_free_pages),
	};

	return cmocka_run_group_tests_name("collector_version", tests, NULL,
					   NULL);
}
