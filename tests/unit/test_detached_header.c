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

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_header),
		scratch_test(test_no_file_of_this_machine),
	};

	return cmocka_run_group_tests_name("detached_header", tests, NULL,
					   NULL);
}
