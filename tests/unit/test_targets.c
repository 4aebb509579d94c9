// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tests/unit/scratch.h"
#include "tool/storage/targets.h"

static struct targets targets;

/*
 * Fakes of the functions in tool/storage/target.c. A path that contains
 * "missing" does not exist, and "suspended" cannot be read.
 */
int target_resolve(struct target *target, const char *path,
		   const char *mountinfo, const char *sysfs,
		   struct error *error)
{
	if (strstr(path, "missing"))
		return error_set(error, ENOENT, "%s: No such file", path);
	*target = (struct target) { .path = xstrdup(path) };
	target->stack.is_suspended = strstr(path, "suspended");
	return 0;
}

void target_release(struct target *target)
{
	free(target->path);
}

/* @fallbacks are separated by blanks, the expected texts by newlines. */
static void assert_found(const char *path, const char *fallbacks,
			 const char *expected, const char *expected_warnings)
{
	struct text_list list = {}, warnings = {}, found = {};
	char *copy = xstrdup(fallbacks), *state, *word, *joined;
	struct error error;
	size_t i;

	for (word = strtok_r(copy, " ", &state); word;
	     word = strtok_r(NULL, " ", &state))
		text_list_add(&list, word);
	assert_int_equal(targets_find(&targets, path, &list, &warnings, &error),
			 0);
	for (i = 0; i < targets.count; i++)
		text_list_add(&found, targets.list[i].path);
	joined = text_list_join(&found, " ");
	assert_string_equal(joined, expected);
	free(joined);
	joined = text_list_join(&warnings, "\n");
	assert_string_equal(joined ?: "", expected_warnings);
	free(joined);
	targets_release(&targets);
	text_list_release(&found);
	text_list_release(&warnings);
	text_list_release(&list);
	free(copy);
}

static void test_all_are_found(void **state)
{
	assert_found("/a", "", "/a", "");
	assert_found("/a", "/b /c", "/a /b /c", "");
}

static void test_missing_fallback_path(void **state)
{
	assert_found(
		"/a", "/missing /b /missing2", "/a /b",
		"the fallback path /missing is left out: /missing: No such file\n"
		"the fallback path /missing2 is left out: /missing2: No such file");
	assert_found(
		"/a", "/missing", "/a",
		"the fallback path /missing is left out: /missing: No such file");
}

static void test_missing_path(void **state)
{
	struct text_list fallbacks = {}, warnings = {};
	struct error error;

	text_list_add(&fallbacks, "/b");
	assert_int_equal(targets_find(&targets, "/missing", &fallbacks,
				      &warnings, &error),
			 -1);
	assert_string_equal(error.reason,
			    "cannot dump to /missing: /missing: No such file");
	assert_int_equal(targets.count, 0);
	assert_int_equal(warnings.count, 0);
	text_list_release(&fallbacks);
}

static void test_suspended(void **state)
{
	const struct text_list none = {};
	struct error error;

	assert_int_equal(targets_find(&targets, "/suspended", &none, NULL,
				      &error),
			 -1);
	assert_int_equal(error.number, EBUSY);
	assert_int_equal(targets.count, 0);
	assert_found(
		"/a", "/suspended /b", "/a /b",
		"the fallback path /suspended is left out: a device below it is suspended: resume it, with cryptsetup luksResume or dmsetup resume, then run kdump-crypt load");
}

static void test_no_warnings_wanted(void **state)
{
	struct text_list fallbacks = {};

	text_list_add(&fallbacks, "/missing");
	assert_int_equal(targets_find(&targets, "/a", &fallbacks, NULL, NULL),
			 0);
	assert_int_equal(targets.count, 1);
	targets_release(&targets);
	text_list_release(&fallbacks);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_found),
		cmocka_unit_test(test_missing_fallback_path),
		cmocka_unit_test(test_missing_path),
		cmocka_unit_test(test_suspended),
		cmocka_unit_test(test_no_warnings_wanted),
	};

	return cmocka_run_group_tests_name("targets", tests, NULL, NULL);
}
