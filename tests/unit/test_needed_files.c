// SPDX-License-Identifier: GPL-2.0-or-later
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/image/needed_files.h"

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

static void assert_fails(const char *program, const char *reason)
{
	struct files files = { .count = 0 };
	struct error error;

	assert_int_equal(needed_files_for_each(program, remember, &files,
					       &error),
			 -1);
	assert_string_equal(error.reason, reason);
	forget(&files);
}

static void assert_needs_nothing(const char *file)
{
	struct files files = { .count = 0 };

	assert_int_equal(needed_files_for_each(file, remember, &files, NULL),
			 0);
	assert_int_equal(files.count, 0);
}

static void test_shell(void **state)
{
	struct files files = { .count = 0 };
	size_t i;

	assert_int_equal(needed_files_for_each("/bin/sh", remember, &files,
					       NULL),
			 0);
	assert_true(has(&files, "libc.so.6"));
	assert_true(has(&files, "ld-linux-x86-64.so.2"));
	for (i = 0; i < files.count; i++) {
		assert_int_equal(files.names[i][0], '/');
		assert_true(is_there(files.names[i]));
	}
	forget(&files);
}

/* Libraries of libraries count, too. */
static void test_programs(void **state)
{
	struct files files = { .count = 0 };

	assert_int_equal(needed_files_for_each("/proc/self/exe", remember,
					       &files, NULL),
			 0);
	forget(&files);
	assert_int_equal(needed_files_for_each(getenv("TOOL"), remember, &files,
					       NULL),
			 0);
	assert_true(has(&files, "libcryptsetup.so.12"));
	assert_true(has(&files, "libdevmapper.so.1.02.1"));
	assert_true(has(&files, "libcrypto.so.3"));
	forget(&files);
}

static char *library_reason(const char *program, const char *library)
{
	return format(
		"%s cannot be started: exit status 127: %s: error while loading shared libraries: %s: cannot open shared object file: No such file or directory",
		program, program, library);
}

/* In the crash kernel it is too late to find out. */
static void test_missing_library(void **state)
{
	char *program = format("%s/needs_missing_library", getenv("OUT"));
	char *reason = library_reason(program, "libmissing.so");

	assert_true(is_there(program));
	assert_fails(program, reason);
	free(reason);
	free(program);
}

/* The crash kernel's loader does not look there. */
static void test_library_of_the_environment(void **state)
{
	char *program = format("%s/needs_missing_library", getenv("OUT"));
	char *directory = format("%s/elsewhere", getenv("OUT"));
	char *library = format("%s/libmissing.so", directory);
	char *reason = library_reason(program, "libmissing.so");

	assert_true(is_there(library));
	setenv("LD_LIBRARY_PATH", directory, 1);
	assert_fails(program, reason);
	unsetenv("LD_LIBRARY_PATH");
	free(reason);
	free(library);
	free(directory);
	free(program);
}

/* It changes often, and these programs do not need it. */
static void test_no_cache(void **state)
{
	struct files files = { .count = 0 };

	assert_int_equal(needed_files_for_each("/bin/sh", remember, &files,
					       NULL),
			 0);
	assert_false(has(&files, "ld.so.cache"));
	forget(&files);
}

/* A script needs its interpreter, and what that needs. */
static void test_script(void **state)
{
	struct files files = { .count = 0 };

	make_text("script", "#! /bin/sh -e\nexit 0\n");
	assert_int_equal(needed_files_for_each("./script", remember, &files,
					       NULL),
			 0);
	assert_string_equal(files.names[0], "/bin/sh");
	assert_true(has(&files, "libc.so.6"));
	forget(&files);
	make_text("script", "#!/missing\nexit 0\n");
	assert_fails(
		"./script",
		"/missing cannot be started: exit status 127: /missing: error while loading shared libraries: /missing: cannot open shared object file: No such file or directory");
}

/* The kernel would start the dynamic loader, which would fail. */
static void test_damaged_program(void **state)
{
	const struct {
		Elf64_Ehdr header;
		Elf64_Phdr segment;
	} file = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
				     ELFCLASS64 },
			.e_phoff = sizeof(Elf64_Ehdr),
			.e_phnum = 1,
		},
		.segment.p_type = PT_INTERP,
	};
	char *reason = library_reason("./program", "./program");

	make_file("program", &file, sizeof(file));
	assert_fails("./program", reason);
	free(reason);
}

/* It is started as in the crash kernel: the machine's environment does not count. */
static void test_start(void **state)
{
	char *program = format("%s/needs_missing_library", getenv("OUT"));
	struct error error;

	assert_int_equal(needed_files_start("/bin/true", "--version", NULL), 0);
	assert_int_equal(needed_files_start("/bin/false", "", &error), -1);
	assert_string_equal(
		error.reason,
		"/bin/false does not start as in the crash kernel, install it again: exit status 1: it prints no reason");
	setenv("LD_LIBRARY_PATH", getenv("OUT"), 1);
	assert_int_equal(needed_files_start(program, "", &error), -1);
	unsetenv("LD_LIBRARY_PATH");
	assert_non_null(strstr(error.reason, "libmissing.so"));
	assert_int_equal(needed_files_start("/missing", "", &error), -1);
	assert_int_equal(error.number, ENOENT);
	free(program);
}

static void test_no_program(void **state)
{
	make_text("text", "exit 0\n");
	assert_needs_nothing("./text");
	make_text("empty", "");
	assert_needs_nothing("./empty");
	make_directory("directory");
	assert_needs_nothing("./directory");
	assert_fails("/missing", "/missing: No such file or directory");
}

/* Nothing of the program runs: this shell would make a file. */
static void test_nothing_runs(void **state)
{
	struct files files = { .count = 0 };

	setenv("ENV", "./startup", 1);
	make_text("startup", "touch ran\n");
	assert_int_equal(needed_files_for_each("/bin/sh", remember, &files,
					       NULL),
			 0);
	assert_false(is_there("ran"));
	forget(&files);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_shell),
		scratch_test(test_programs),
		scratch_test(test_missing_library),
		scratch_test(test_library_of_the_environment),
		scratch_test(test_no_cache),
		scratch_test(test_script),
		scratch_test(test_damaged_program),
		scratch_test(test_start),
		scratch_test(test_no_program),
		scratch_test(test_nothing_runs),
	};

	return cmocka_run_group_tests_name("needed_files", tests, NULL, NULL);
}
