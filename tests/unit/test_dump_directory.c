// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/dump_directory.h"
#include "tests/unit/scratch.h"

static struct dump_directory directory;
static struct error error;

static int make(const char *in_target, const char *on_machine)
{
	struct plan_target target = {
		.dump_directory = (char *)in_target,
		.path = (char *)on_machine,
	};

	return dump_directory_make(&directory, &target, "host", "mounted",
				   &error);
}

static int set_up(void **state)
{
	int ret = scratch_make(state);

	make_directory("mounted");
	return ret;
}

static void test_names(void **state)
{
	char *path, *shown;

	assert_int_equal(make("/deep/down", "/srv/deep/down"), 0);
	assert_string_equal(directory.parent, "mounted/deep/down");
	assert_int_equal(strlen(directory.name),
			 strlen("host-2026-11-22-00:33:59"));
	path = format("mounted/deep/down/%s", directory.name);
	shown = format("/srv/deep/down/%s", directory.name);
	assert_string_equal(directory.path, path);
	assert_string_equal(directory.shown, shown);
	assert_true(is_there(path));
	free(shown);
	free(path);
	dump_directory_release(&directory);
}

static void test_root_of_filesystem(void **state)
{
	char *path, *shown;

	assert_int_equal(make("/", "/"), 0);
	path = format("mounted/%s", directory.name);
	shown = format("/%s", directory.name);
	assert_string_equal(directory.path, path);
	assert_string_equal(directory.shown, shown);
	free(shown);
	free(path);
	dump_directory_release(&directory);
}

/* Dumps of the same second get different names. */
static void test_same_time(void **state)
{
	char *names[5];
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(make("/crash", "/var/crash"), 0);
		assert_true(is_there(directory.path));
		names[i] = strdup(directory.name);
		for (j = 0; j < i; j++)
			assert_string_not_equal(names[j], names[i]);
		dump_directory_release(&directory);
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		free(names[i]);
}

static void test_cannot_make(void **state)
{
	make_text("mounted/file", "");
	assert_int_equal(make("/file", "/var/file"), -1);
	assert_int_equal(error.number, ENOTDIR);
	assert_string_equal(
		error.reason,
		"cannot make a directory in /var/file: Not a directory");
	assert_null(directory.path);
}

/* Someone who may write there put a link in the place of the dump path. */
static void test_link(void **state)
{
	make_directory("elsewhere");
	make_link("mounted/link", "../elsewhere");
	assert_int_equal(make("/link", "/var/link"), -1);
	assert_int_equal(error.number, ENOTDIR);
	assert_int_equal(make("/link/down", "/var/link/down"), -1);
	assert_null(directory.path);
	assert_int_equal(rmdir("elsewhere"), 0);
}

static void test_sync(void **state)
{
	char *file, *renamed, *reason;

	assert_int_equal(make("/crash", "/var/crash"), 0);
	file = format("%s/part", directory.path);
	renamed = format("%s/whole", directory.path);
	assert_int_equal(dump_directory_size_of(&directory, "part"), 0);
	make_text(file, "12345");
	assert_int_equal(dump_directory_size_of(&directory, "part"), 5);

	assert_int_equal(dump_directory_sync(&directory, "part", NULL, &error),
			 0);
	assert_true(is_there(file));
	assert_int_equal(dump_directory_sync(&directory, "part", "whole",
					     &error),
			 0);
	assert_false(is_there(file));
	assert_true(is_there(renamed));

	assert_int_equal(dump_directory_sync(&directory, "part", "whole",
					     &error),
			 -1);
	assert_int_equal(error.number, ENOENT);
	reason = format("cannot write /var/crash/%s/whole: "
			"No such file or directory",
			directory.name);
	assert_string_equal(error.reason, reason);
	free(reason);
	free(renamed);
	free(file);
	dump_directory_release(&directory);
}

#define directory_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, scratch_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		directory_test(test_names),
		directory_test(test_root_of_filesystem),
		directory_test(test_same_time),
		directory_test(test_cannot_make),
		directory_test(test_link),
		directory_test(test_sync),
	};

	return cmocka_run_group_tests_name("dump_directory", tests, NULL, NULL);
}
