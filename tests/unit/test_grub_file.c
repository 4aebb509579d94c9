// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "lib/textfile.h"
#include "tests/unit/scratch.h"
#include "tool/setup/grub_file.h"

/* The other files set the two variables before GRUB's shell reads ours. */
static void assert_becomes(const char *linux_before, const char *default_before,
			   const char *linux_after, const char *default_after)
{
	char *content = grub_file_content(88);
	char *text, *expected;

	make_text("linux", linux_before);
	make_text("default", default_before);
	make_text("file", content);
	assert_int_equal(
		system("set -e; GRUB_CMDLINE_LINUX=$(cat linux)\n"
		       "GRUB_CMDLINE_LINUX_DEFAULT=$(cat default)\n"
		       ". ./file\n"
		       "printf '%s|%s\\n' \"$GRUB_CMDLINE_LINUX\" \"$GRUB_CMDLINE_LINUX_DEFAULT\" >out"),
		0);
	text = textfile_read("out", NULL);
	expected = format("%s|%s", linux_after, default_after);
	assert_string_equal(text, expected);
	free(expected);
	free(text);
	free(content);
}

static void test_it_is_added(void **state)
{
	assert_becomes("", "", "", " crashkernel=88M");
	assert_becomes("console=ttyS0", "quiet splash", "console=ttyS0",
		       "quiet splash crashkernel=88M");
	assert_becomes("dyndbg=\\\"file \\$a *.c +p\\\"", "-n a\\\\b",
		       "dyndbg=\\\"file \\$a *.c +p\\\"",
		       "-n a\\\\b crashkernel=88M");
}

static void test_others_are_taken_away(void **state)
{
	assert_becomes("crashkernel=256M", "quiet crashkernel=512M-:192M", "",
		       "quiet crashkernel=88M");
	assert_becomes("a crashkernel=1G,high crashkernel=64M,low b",
		       "crashkernel=1M\tcrashkernel=2M c", "a b",
		       " c crashkernel=88M");
	assert_becomes("nocrashkernel=1M", "mycrashkernel=2M quiet",
		       "nocrashkernel=1M",
		       "mycrashkernel=2M quiet crashkernel=88M");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_it_is_added),
		scratch_test(test_others_are_taken_away),
	};

	return cmocka_run_group_tests_name("grub_file", tests, NULL, NULL);
}
