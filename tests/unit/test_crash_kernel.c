// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "tests/unit/scratch.h"
#include "tool/kexec/crash_kernel.h"

static void test_load_fails(void **state)
{
	struct error error;

	assert_int_equal(crash_kernel_load("missing", "initramfs", "", &error),
			 -1);
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(
		error.reason,
		"cannot use the kernel image missing: No such file or directory");

	make_text("kernel", "");
	assert_int_equal(crash_kernel_load("kernel", "missing", "", &error),
			 -1);
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(error.reason,
			    "cannot read missing: No such file or directory");
}

/*
 * kexec_file_load() itself is not called here: as root it would unload the crash
 * kernel of the machine that the tests run on. tests/vm does that.
 */
int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_load_fails),
	};

	return cmocka_run_group_tests_name("crash_kernel", tests, NULL, NULL);
}
