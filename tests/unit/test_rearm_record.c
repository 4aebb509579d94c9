// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/arm/rearm_record.h"

#define RECORD "run/kdump-crypt/rearm.json"

static const struct armed_state armed = { .time = 1796000000, .pid = 77 };

static void test_fields(void **state)
{
	struct rearm_record record = {
		.seen = (char *)"disk /devices/a\nluks b",
		.problem = (char *)"it changed",
		.reason = (char *)"no key",
		.time = 1796000100,
	};

	make_directory("run/kdump-crypt");
	assert_int_equal(rearm_record_write(&record, &armed, NULL), 0);
	memset(&record, 0, sizeof(record));
	rearm_record_read(&record, &armed);
	assert_string_equal(record.seen, "disk /devices/a\nluks b");
	assert_string_equal(record.problem, "it changed");
	assert_string_equal(record.reason, "no key");
	assert_int_equal(record.time, 1796000100);
	rearm_record_release(&record);

	record.seen = (char *)"same";
	assert_int_equal(rearm_record_write(&record, &armed, NULL), 0);
	rearm_record_read(&record, &armed);
	assert_null(record.problem);
	assert_null(record.reason);
	rearm_record_release(&record);
}

/* A later load makes the record void. */
static void test_of_another_load(void **state)
{
	const struct armed_state others[] = {
		{ .time = 1796000000, .pid = 78 },
		{ .time = 1796000001, .pid = 77 },
		{},
	};
	struct rearm_record record = { .seen = (char *)"a" };
	size_t i;

	make_directory("run/kdump-crypt");
	assert_int_equal(rearm_record_write(&record, &armed, NULL), 0);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		rearm_record_read(&record, &others[i]);
		assert_null(record.seen);
	}
}

static void test_unusable(void **state)
{
	struct rearm_record record;

	rearm_record_read(&record, &armed);
	assert_null(record.seen);
	make_text(RECORD, "{\"seen\":");
	rearm_record_read(&record, &armed);
	assert_null(record.seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_fields),
		scratch_test(test_of_another_load),
		scratch_test(test_unusable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
