// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "tests/unit/scratch.h"
#include "tool/kexec/kexec_load.h"

/* A program in place of kexec. */
static void make_kexec(const char *text)
{
	char directory[4096];

	make_text("kexec", text);
	assert_int_equal(chmod("kexec", 0755), 0);
	assert_non_null(getcwd(directory, sizeof(directory)));
	assert_int_equal(setenv("PATH", directory, 1), 0);
}

static void test_arguments(void **state)
{
	char *text;

	make_kexec("#!/bin/sh\nfor word; do echo \"$word\"; done >arguments\n");
	assert_int_equal(kexec_load("kernel", "the initramfs", "a=\"b c\" d",
				    NULL),
			 0);
	text = textfile_read("arguments", NULL);
	assert_string_equal(text, "--kexec-syscall\n--load-panic\n"
				  "--initrd=the initramfs\n"
				  "--command-line=a=\"b c\" d\nkernel");
	free(text);
}

static void assert_fails(const char *said, int number, const char *reason)
{
	char *script = format("#!/bin/sh\necho '%s' >&2\nexit 255\n", said);
	struct error error;

	make_kexec(script);
	free(script);
	assert_int_equal(kexec_load("kernel", "initramfs", "", &error), -1);
	assert_int_equal(error.number, number);
	assert_string_equal(error.reason, reason);
}

static void test_failures(void **state)
{
	assert_fails("kexec_load failed: Required key not available", ENOKEY,
		     "kexec: kexec_load failed: Required key not available");
	assert_fails("kexec_load failed: Operation not permitted", EPERM,
		     "kexec: kexec_load failed: Operation not permitted");
	assert_fails("Cannot load kernel\nmore", 0,
		     "kexec: Cannot load kernel");
	assert_fails("", 0, "kexec: it prints no reason");
}

static void test_missing(void **state)
{
	struct error error;

	assert_int_equal(setenv("PATH", "/missing", 1), 0);
	assert_int_equal(kexec_load("kernel", "initramfs", "", &error), -1);
	assert_int_equal(error.number, ENOPKG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_arguments),
		scratch_test(test_failures),
		scratch_test(test_missing),
	};

	return cmocka_run_group_tests_name("kexec_load", tests, NULL, NULL);
}
