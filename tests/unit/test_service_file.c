// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "tests/unit/scratch.h"
#include "tool/setup/service_file.h"

#define HEAD                                                                     \
	"# Written by kdump-crypt setup; kdump-crypt setup --undo removes it.\n" \
	"[Unit]\n"
#define COMMANDS(options)                                                        \
	"\n\n[Service]\n"                                                        \
	"ExecStartPre=\nExecStartPre=-:/usr/sbin/kdump-crypt list --new" options \
	"\nExecStart=\nExecStart=:/usr/sbin/kdump-crypt load" options

static void assert_content(const char *const *names, size_t count,
			   const char *path, const char *config,
			   const char *expected)
{
	struct text_list paths = {};
	char *content;
	size_t i;

	for (i = 0; i < count; i++)
		text_list_add(&paths, names[i]);
	content = service_file_content(&paths, path, config);
	assert_string_equal(content, expected);
	free(content);
	text_list_release(&paths);
}

static void test_mounts(void **state)
{
	static const char *const paths[] = { "/var/crash", "/mnt/a b" };

	assert_content(paths, 1, NULL, NULL,
		       HEAD "RequiresMountsFor=\"/var/crash\"");
	assert_content(paths, 2, NULL, NULL,
		       HEAD "RequiresMountsFor=\"/var/crash\" \"/mnt/a b\"");
}

static void test_options(void **state)
{
	static const char *const paths[] = { "/a" };

	assert_content(paths, 1, "/a", NULL,
		       HEAD
		       "RequiresMountsFor=\"/a\"" COMMANDS(" --path \"/a\""));
	assert_content(paths, 1, NULL, "/etc/b",
		       HEAD "RequiresMountsFor=\"/a\"" COMMANDS(
			       " --config \"/etc/b\""));
	assert_content(paths, 1, "/a", "/etc/b",
		       HEAD "RequiresMountsFor=\"/a\"" COMMANDS(
			       " --path \"/a\" --config \"/etc/b\""));
}

static void test_what_is_special(void **state)
{
	static const char *const paths[] = { "/100%/\"x\"\\$y" };

	assert_content(paths, 1, paths[0], NULL,
		       HEAD
		       "RequiresMountsFor=\"/100%%/\\\"x\\\"\\\\$y\"" COMMANDS(
			       " --path \"/100%%/\\\"x\\\"\\\\$y\""));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_what_is_special),
	};

	return cmocka_run_group_tests_name("service_file", tests, NULL, NULL);
}
