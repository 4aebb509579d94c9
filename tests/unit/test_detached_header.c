// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>

#include "tests/unit/scratch.h"
#include "tool/keys/detached_header.h"

#define DEVICE "/dev/null"

/* A line of crypttab begins with @start, and ends with @end after the file. */
static void assert_header(const char *start, const char *end, bool found)
{
	char *header = format("%s/header", scratch);
	char *text = format("# Comment\na /dev/zero none header=/x\n"
			    "%sheader=%s%s\n",
			    start, header, end);
	char *name;

	make_text("crypttab", text);
	name = detached_header_find(DEVICE, "crypttab");
	if (found) {
		assert_non_null(name);
		assert_string_equal(name, header);
	} else {
		assert_null(name);
	}
	free(name);
	free(text);
	free(header);
}

static void test_header(void **state)
{
	assert_null(detached_header_find(DEVICE, "crypttab"));
	/* It may be on a USB stick. */
	assert_header("c " DEVICE " none luks,", "", true);
	make_text("header", "LUKS");
	assert_header("c " DEVICE " none luks,", "", true);
	assert_header("c\t" DEVICE "\tnone\t", ",luks", true);
	assert_header("c /dev/zero none luks,", "", false);
	assert_header("# c " DEVICE " none luks,", "", false);
	assert_header("c " DEVICE " none luks,no-", "", false);
}

static void test_no_file_of_this_machine(void **state)
{
	make_text("header", "LUKS");
	assert_header("c " DEVICE " none ", ":UUID=1-2", false);
	make_text("crypttab", "c " DEVICE " none header=header\n");
	assert_null(detached_header_find(DEVICE, "crypttab"));
	make_text("crypttab", "c " DEVICE " none header=/dev/zero\n");
	assert_null(detached_header_find(DEVICE, "crypttab"));
	make_text("crypttab", "c " DEVICE " none header=/dev/missing\n");
	assert_null(detached_header_find(DEVICE, "crypttab"));
}

/* Another disk had the name of this one when the line was written. */
static void test_stale_line(void **state)
{
	static const char luks1[1 << 20] = "LUKS\xba\xbe\0\1";
	char *disk = format("%s/disk", scratch);
	char *text = format("c %s none header=%s/header\n", disk, scratch);
	char *name;

	make_text("crypttab", text);
	make_file("disk", luks1, sizeof(luks1));
	assert_null(detached_header_find(disk, "crypttab"));
	make_text("header", "LUKS");
	name = detached_header_find(disk, "crypttab");
	assert_non_null(name);
	free(name);
	free(text);
	free(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_header),
		scratch_test(test_no_file_of_this_machine),
		scratch_test(test_stale_line),
	};

	return cmocka_run_group_tests_name("detached_header", tests, NULL,
					   NULL);
}
