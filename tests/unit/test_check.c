// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "lib/error.h"
#include "lib/text_list.h"
#include "tests/unit/scratch.h"
#include "tool/check/check.h"
#include "tool/check/reservation.h"

static void assert_result(struct check *check, enum check_result result,
			  const char *text, const char *remedy)
{
	assert_int_equal(check->result, result);
	assert_string_equal(check->text, text);
	if (remedy)
		assert_string_equal(check->remedy, remedy);
	else
		assert_null(check->remedy);
	check_release(check);
}

static void test_results(void **state)
{
	struct check check = {};

	check_pass(&check, "%d of %s", 1, "one");
	assert_result(&check, CHECK_PASS, "1 of one", NULL);
	check_warn(&check, "wait", "%s", "late");
	assert_result(&check, CHECK_WARN, "late", "wait");
	check_fail(&check, "run it", "none");
	assert_result(&check, CHECK_FAIL, "none", "run it");
}

static void test_fail_for(void **state)
{
	struct text_list warnings = {};
	struct error error;
	struct check check = {};

	error_set(&error, 0, "test: 1: %s", "%s");
	check_fail_for(&check, "run it", &error, NULL);
	assert_result(&check, CHECK_FAIL, "test: 1: %s", "run it");
	check_fail_for(&check, "run it", &error, &warnings);
	assert_result(&check, CHECK_FAIL, "test: 1: %s", "run it");

	/* The warnings before it are kept. */
	text_list_add(&warnings, "a");
	text_list_add(&warnings, "");
	check_fail_for(&check, "run it", &error, &warnings);
	assert_result(&check, CHECK_FAIL, "a; ; test: 1: %s", "run it");
	text_list_release(&warnings);
}

static void test_remedy_for_memory(void **state)
{
	assert_null(reservation_remedy(1, 0, "file"));
	assert_null(reservation_remedy(1, 1, "file"));
	assert_string_equal(reservation_remedy(0, 0, "file"),
			    "run kdump-crypt setup, then reboot");
	/* Somebody else has written it. */
	make_text("file", "root=/dev/sda1 quiet");
	assert_string_equal(reservation_remedy(0, 0, "file"),
			    "run kdump-crypt setup, then reboot");
	/* setup has written it. */
	make_text("file", "V=\"$V crashkernel=96M\"");
	assert_string_equal(
		reservation_remedy(0, 0, "file"),
		"reboot, and if that does not help, run kdump-crypt setup");
	assert_null(reservation_remedy(1, 0, "file"));
}

static void assert_shortage(long long reserved, long long needed,
			    const char *expected)
{
	char *text = reservation_shortage(reserved << 20, needed << 20, "file");

	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
	free(text);
}

#define SHORTAGE                                                            \
	"64 MiB of memory are reserved for the crash kernel, but it needs " \
	"96 MiB, so a crash may leave no dump: "

static void test_too_little_memory(void **state)
{
	assert_shortage(0, 96, NULL);
	assert_shortage(96, 96, NULL);
	assert_shortage(96, 0, NULL);
	assert_shortage(64, 96, SHORTAGE "run kdump-crypt setup, then reboot");
	/* setup has written too little, for an older kernel. */
	make_text("file", "V=\"$V crashkernel=64M\"");
	assert_shortage(64, 96, SHORTAGE "run kdump-crypt setup, then reboot");
	make_text("file", "V=\"$V crashkernel=96M\"");
	assert_shortage(
		64, 96,
		SHORTAGE
		"reboot, and if that does not help, run kdump-crypt setup");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_fail_for),
		scratch_test(test_remedy_for_memory),
		scratch_test(test_too_little_memory),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
