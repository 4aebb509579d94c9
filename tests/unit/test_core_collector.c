// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/scratch.h"
#include "tool/host/core_collector.h"

static void assert_problem(const char *options, const char *problem)
{
	char *value = format("makedumpfile %s", options);
	const char *found = core_collector_problem(value);

	if (!found || !strstr(found, problem))
		fail_msg("%s: %s", value, found ?: "accepted");
	free(value);
}

static void assert_accepted(const char *options)
{
	char *value = format("makedumpfile %s", options);
	const char *found = core_collector_problem(value);

	if (found)
		fail_msg("%s: %s", value, found);
	free(value);
}

static void assert_for(unsigned int cpus, const char *value,
		       const char *expected)
{
	char *found = core_collector_for(value, cpus);

	assert_string_equal(found, expected);
	free(found);
}

static void test_threads(void **state)
{
	assert_for(1, "makedumpfile -l", "makedumpfile -l");
	assert_for(2, "makedumpfile -l", "makedumpfile -l --num-threads 2");
	assert_for(2, "makedumpfile --num-threads 3 -l",
		   "makedumpfile --num-threads 3 -l");
}

static void test_refused_options(void **state)
{
	assert_problem("-F", "has -F, which writes to standard output");
	assert_problem("-l -d 31 -F", "has -F");
	assert_problem("-lF -d 31", "has -F");
	assert_problem("-e -d 31", "has -e, which needs a work directory");
	assert_problem("-ze", "has -e");
	assert_problem("-g /file -x /vmlinux", "has -g");
	assert_problem("-R", "has -R");
	assert_problem("-v", "has -v");
	assert_problem("--split", "has --split, which writes several files");
	assert_problem("--reassemble", "has --reassemble");
	assert_problem("--dump-dmesg", "has --dump-dmesg");
	assert_problem("--dump", "has --dump-dmesg");
	assert_problem("--diskset=/a", "has --diskset");
	assert_problem("-l --dry-run", "has --dry-run");
	assert_problem("--check-params", "has --check-params");
	assert_string_equal(core_collector_problem("makedumpfile -R"),
			    "has -R, which leaves no vmcore: remove it");
}

static void test_accepted_options(void **state)
{
	assert_accepted("");
	assert_accepted("-l -d 31");
	assert_accepted("-d31 -z --message-level 7");
	assert_accepted("-E -d 31");
	assert_accepted("-x -F -d 31"); /* a file of that name */
	assert_accepted("-x/usr/lib/debug/Fe -d 31");
	assert_accepted("-lfD -b 4 -X -L 1000000");
	assert_accepted("--splitblock-size 1 --num-threads 2");
}

static void make_program(const char *text)
{
	char *path = format("%s/bin:/usr/bin:/bin", scratch);

	make_text("bin/makedumpfile", text);
	assert_int_equal(chmod("bin/makedumpfile", 0755), 0);
	setenv("PATH", path, 1);
	free(path);
}

static void test_try(void **state)
{
	struct error error;

	make_program("#!/bin/sh\necho \"$@\" >arguments\n");
	assert_int_equal(core_collector_try("makedumpfile  -l -d 31", NULL), 0);
	assert_true(is_there("arguments"));
	make_program(
		"#!/bin/sh\n"
		"test \"$*\" = '--zstdd -d 31 --check-params /proc/vmcore vmcore' || exit 0\n"
		"echo \"makedumpfile: unrecognized option '--zstdd'\" >&2\n"
		"echo 'Commandline parameter is invalid.'; exit 1\n");
	assert_int_equal(core_collector_try("makedumpfile --zstdd -d 31",
					    &error),
			 -1);
	assert_string_equal(
		error.reason,
		"core_collector makedumpfile --zstdd -d 31: makedumpfile does not accept these options (makedumpfile: unrecognized option '--zstdd'): correct them in the configuration");
	make_program("#!/bin/sh\nexit 1\n");
	assert_int_equal(core_collector_try("makedumpfile", &error), -1);
	assert_non_null(strstr(error.reason, "(makedumpfile gives no reason)"));
}

static void test_cannot_try(void **state)
{
	make_program(
		"#!/bin/sh\n"
		"echo \"makedumpfile: unrecognized option '--check-params'\"; exit 1\n");
	assert_int_equal(core_collector_try("makedumpfile -l", NULL), 0);
	setenv("PATH", scratch, 1);
	assert_int_equal(core_collector_try("makedumpfile -l", NULL), 0);
}

static void test_installed_program(void **state)
{
	setenv("PATH", "/usr/bin:/usr/sbin", 1);
	if (!is_there("/usr/bin/makedumpfile"))
		skip();
	assert_int_equal(core_collector_try("makedumpfile -l -d 31", NULL), 0);
	assert_int_equal(core_collector_try("makedumpfile -z -d 31", NULL), 0);
	assert_int_equal(core_collector_try("makedumpfile --zstdd", NULL), -1);
	assert_int_equal(core_collector_try("makedumpfile -d 99", NULL), -1);
	assert_int_equal(core_collector_try("makedumpfile -E -c", NULL), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_threads),
		scratch_test(test_refused_options),
		scratch_test(test_accepted_options),
		scratch_test(test_try),
		scratch_test(test_cannot_try),
		scratch_test(test_installed_program),
	};

	return cmocka_run_group_tests_name("core_collector", tests, NULL, NULL);
}
