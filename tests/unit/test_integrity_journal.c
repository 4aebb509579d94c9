// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/scratch.h"
#include "tool/keys/integrity_journal.h"

#define START "259:1 32768 32 J 4 "

static void test_parse(void **state)
{
	(void)state;
	assert_int_equal(integrity_journal_parse(
				 START
				 "journal_sectors:4720 "
				 "interleave_sectors:32768 block_size:512"),
			 4720 * 512);
	assert_int_equal(integrity_journal_parse(START
						 "journal_sectors:131072"),
			 64 << 20);
	assert_int_equal(integrity_journal_parse(START "block_size:512"), 0);
	assert_int_equal(integrity_journal_parse(START "journal_sectors:x"), 0);
	assert_int_equal(integrity_journal_parse(""), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests_name("integrity_journal", tests, NULL,
					   NULL);
}
