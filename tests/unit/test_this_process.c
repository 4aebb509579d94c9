// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "tests/unit/scratch.h"
#include "tool/host/this_process.h"

static void assert_text(char *text, const char *expected)
{
	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
	free(text);
}

static void test_command(void **state)
{
	static const char arguments[] = "kdump-crypt\0load\0--path\0/a b";

	make_file("cmdline", arguments, sizeof(arguments));
	assert_text(this_process_command("cmdline"),
		    "kdump-crypt load --path /a b");
	make_text("cmdline", "");
	assert_text(this_process_command("cmdline"), NULL);
	assert_text(this_process_command("missing"), NULL);
}

static void assert_unit(const char *cgroup, const char *expected)
{
	make_text("cgroup", cgroup);
	assert_text(this_process_unit("cgroup"), expected);
}

static void test_unit(void **state)
{
	assert_unit("0::/system.slice/kdump-crypt.service\n",
		    "kdump-crypt.service");
	assert_unit("0::/user.slice/user-0.slice/session-3.scope\n",
		    "session-3.scope");
	assert_unit("1:name=systemd:/x\n0::/system.slice/a.service/group\n",
		    "a.service");
	assert_unit("0::/user.slice/user@0.service/app.slice/b.scope\n",
		    "b.scope");
	assert_unit("0::/\n", NULL);
	assert_unit("", NULL);
	assert_text(this_process_unit("missing"), NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_command),
		scratch_test(test_unit),
	};

	return cmocka_run_group_tests_name("this_process", tests, NULL, NULL);
}
