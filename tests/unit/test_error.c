// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/error.h"

static void test_set(void **state)
{
	struct error error;

	assert_int_equal(error_set(&error, ENOENT, "there is no %s", "disk"),
			 -1);
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(error.reason, "there is no disk");
}

static void test_errno(void **state)
{
	struct error error;

	errno = EACCES;
	assert_int_equal(error_set_errno(&error, "%s", "/root/key"), -1);
	assert_int_equal(error.number, EACCES);
	assert_string_equal(error.reason, "/root/key: Permission denied");
	assert_int_equal(errno, EACCES);
}

static void test_write(void **state)
{
	struct error error;

	errno = EROFS;
	assert_int_equal(error_set_write(&error, "/a"), -1);
	assert_int_equal(error.number, EROFS);
	assert_string_equal(error.reason,
			    "cannot write /a: Read-only file system");
	errno = ENOSPC;
	assert_int_equal(error_set_write(&error, "/var/a"), -1);
	assert_int_equal(error.number, ENOSPC);
	assert_string_equal(
		error.reason,
		"cannot write /var/a: No space left on device: free some space on its filesystem and try again");
	assert_int_equal(error_set_write(NULL, "/a"), -1);
	errno = EDQUOT;
	assert_int_equal(error_set_make(&error, "/var/b"), -1);
	assert_string_equal(
		error.reason,
		"cannot make /var/b: Disk quota exceeded: free some space on its filesystem and try again");
}

static void test_prefix(void **state)
{
	struct error error;

	error_set(&error, ENOSPC, "no space");
	assert_int_equal(error_prefix(&error, "%s", "/boot"), -1);
	assert_int_equal(error.number, ENOSPC);
	assert_string_equal(error.reason, "/boot: no space");
}

static void test_nobody_wants_it(void **state)
{
	errno = EIO;
	assert_int_equal(error_set(NULL, 0, "text"), -1);
	assert_int_equal(error_set_errno(NULL, "text"), -1);
	assert_int_equal(error_prefix(NULL, "text"), -1);
	assert_int_equal(errno, EIO);
}

static void test_too_long(void **state)
{
	char text[2 * ERROR_REASON_SIZE];
	struct error error;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&error, 0, "%s", text);
	assert_int_equal(strlen(error.reason), ERROR_REASON_SIZE - 1);
	assert_string_equal(error.reason + ERROR_REASON_SIZE - 5, "x...");

	error_set(&error, 0, "%s", text + ERROR_REASON_SIZE + 1);
	assert_int_equal(strlen(error.reason), ERROR_REASON_SIZE - 2);
	error_prefix(&error, "%s", "before");
	assert_memory_equal(error.reason, "before: x", 9);
	assert_int_equal(strlen(error.reason), ERROR_REASON_SIZE - 1);
	assert_string_equal(error.reason + ERROR_REASON_SIZE - 5, "x...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_nobody_wants_it),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
