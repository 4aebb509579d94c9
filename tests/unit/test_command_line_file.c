// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "tests/unit/scratch.h"
#include "tool/setup/command_line_file.h"
#include "tool/setup/grub_file.h"

static void assert_result(char *result, const char *expected)
{
	if (expected)
		assert_string_equal(result, expected);
	else
		assert_null(result);
	free(result);
}

static void test_default(void **state)
{
	assert_result(command_line_default(""), "");
	assert_result(
		command_line_default(
			"BOOT_IMAGE=/vmlinuz root=/dev/sda2  ro initrd=\\initrd crashkernel=512M-:192M quiet"),
		"root=/dev/sda2 ro quiet");
	assert_result(command_line_default("dyndbg=\"file a.c  +p\" ro"),
		      "dyndbg=\"file a.c  +p\" ro");
}

static void test_reserve(void **state)
{
	assert_result(command_line_reserve("", 88), "crashkernel=88M");
	assert_result(command_line_reserve("root=/dev/sda2 ro", 88),
		      "root=/dev/sda2 ro crashkernel=88M");
	assert_result(command_line_without("ro crashkernel=88M quiet"),
		      "ro quiet");
}

static void test_reserved(void **state)
{
	char *content = grub_file_content(88);

	assert_int_equal(command_line_reserved(content), 88);
	free(content);
	assert_int_equal(command_line_reserved("ro crashkernel=88M quiet"), 88);
	assert_int_equal(command_line_reserved(
				 "crashkernel=1G crashkernel=104M"),
			 104);
	assert_int_equal(command_line_reserved(""), 0);
	assert_int_equal(command_line_reserved("# no crashkernel="), 0);
	/* The administrator's own forms. */
	assert_int_equal(command_line_reserved("crashkernel=1G"), 0);
	assert_int_equal(command_line_reserved("crashkernel=512M-:192M"), 0);
	assert_int_equal(command_line_reserved("crashkernel=512M,high"), 0);
}

static void test_find(void **state)
{
	assert_result(command_line_find(""), NULL);
	assert_result(command_line_find("# root=/dev/sda2\n \n"), NULL);
	assert_result(command_line_find("# mine\nroot=/dev/sda2 ro"),
		      "root=/dev/sda2 ro");
	assert_result(command_line_find("root=/dev/sda2\nro\n# end\n"), "ro");
	/* The kernel uses the last one. */
	assert_result(command_line_find("crashkernel=1G\ncrashkernel=2G a\nro"),
		      "crashkernel=2G a");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests_name("command_line_file", tests, NULL,
					   NULL);
}
