// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/image/shared_objects.h"

#define MAX_FILES 64

struct files {
	char *names[MAX_FILES];
	size_t count;
};

static void remember(const char *file, void *context)
{
	struct files *files = context;

	assert_in_range(files->count, 0, MAX_FILES - 1);
	files->names[files->count++] = strdup(file);
}

static void forget(struct files *files)
{
	while (files->count)
		free(files->names[--files->count]);
}

static bool has(const struct files *files, const char *name)
{
	size_t i;

	for (i = 0; i < files->count; i++)
		if (!strcmp(strrchr(files->names[i], '/') + 1, name))
			return true;
	return false;
}

static void assert_fails(const char *program)
{
	struct files files = { .count = 0 };

	assert_int_equal(shared_objects_for_each(program, remember, &files),
			 -1);
	forget(&files);
}

static void test_shell(void **state)
{
	struct files files = { .count = 0 };
	size_t i;

	assert_int_equal(shared_objects_for_each("/bin/sh", remember, &files),
			 0);
	assert_true(has(&files, "libc.so.6"));
	assert_true(has(&files, "ld-linux-x86-64.so.2"));
	for (i = 0; i < files.count; i++) {
		assert_int_equal(files.names[i][0], '/');
		assert_true(is_there(files.names[i]));
	}
	forget(&files);
}

/* Libraries of libraries, too: this program itself needs cmocka only. */
static void test_this_program(void **state)
{
	struct files files = { .count = 0 };

	assert_int_equal(shared_objects_for_each("/proc/self/exe", remember,
						 &files),
			 0);
	forget(&files);
	assert_int_equal(shared_objects_for_each("/sbin/cryptsetup", remember,
						 &files),
			 0);
	assert_true(has(&files, "libcryptsetup.so.12"));
	assert_true(has(&files, "libdevmapper.so.1.02.1"));
	assert_true(has(&files, "libcrypto.so.3"));
	forget(&files);
}

/* The crash kernel is too late to find out. */
static void test_missing_library(void **state)
{
	char *program = format("%s/needs_missing_library", getenv("OUT"));

	assert_true(is_there(program));
	assert_fails(program);
	free(program);
}

static void test_no_program(void **state)
{
	make_text("text", "#!/bin/sh\nexit 0\n");
	assert_fails("./text");
	make_text("empty", "");
	assert_fails("./empty");
	make_directory("directory");
	assert_fails("./directory");
	assert_fails("/missing");
}

/* Nothing of the program runs: this shell would make a file. */
static void test_nothing_runs(void **state)
{
	struct files files = { .count = 0 };

	setenv("ENV", "./startup", 1);
	make_text("startup", "touch ran\n");
	assert_int_equal(shared_objects_for_each("/bin/sh", remember, &files),
			 0);
	assert_false(is_there("ran"));
	forget(&files);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_shell),
		scratch_test(test_this_program),
		scratch_test(test_missing_library),
		scratch_test(test_no_program),
		scratch_test(test_nothing_runs),
	};

	return cmocka_run_group_tests_name("shared_objects", tests, NULL, NULL);
}
