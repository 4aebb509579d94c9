// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/textfile.h"
#include "tests/unit/scratch.h"

static void assert_reads_as(const char *content, const char *expected)
{
	char *text;

	make_text("file", content);
	text = textfile_read("file", NULL);
	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void test_read(void **state)
{
	assert_reads_as("a value\n", "a value");
	assert_reads_as("no newline", "no newline");
	assert_reads_as("two\nlines\n\n\n", "two\nlines");
	assert_reads_as(" blanks stay \n", " blanks stay ");
	assert_reads_as("", "");
	assert_reads_as("\n", "");
}

/* The file is larger than any buffer that reads it. */
static void test_read_long_text(void **state)
{
	size_t size = 1 << 20;
	char *content = malloc(size + 1);

	memset(content, 'x', size);
	content[size] = '\0';
	assert_reads_as(content, content);
	free(content);
}

static void test_read_fails(void **state)
{
	struct error error;

	assert_null(textfile_read("missing", &error));
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(error.reason,
			    "cannot read missing: No such file or directory");

	make_directory("directory");
	assert_null(textfile_read("directory", &error));
	assert_int_equal(error.number, EISDIR);
	assert_string_equal(error.reason,
			    "cannot read directory: Is a directory");
}

static void assert_number(const char *content, long long expected)
{
	make_text("file", content);
	assert_int_equal(textfile_read_number("file", NULL), expected);
}

static void test_number(void **state)
{
	assert_number("0\n", 0);
	assert_number("42\n", 42);
	assert_number("42", 42);
	assert_number("134217728\n", 128 << 20);
	assert_number("9223372036854775807\n", INT64_MAX);
}

static void test_no_number(void **state)
{
	static const char *const contents[] = {
		"",
		"\n",
		"x\n",
		"12x\n",
		"1 2\n",
		"-1\n",
		"0x10\n",
		"1.5\n",
		"9223372036854775808\n",
		"-9223372036854775809\n",
	};
	struct error error;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(contents); i++) {
		make_text("file", contents[i]);
		assert_int_equal(textfile_read_number("file", &error), -1);
		assert_int_equal(error.number, EINVAL);
		assert_string_equal(
			error.reason,
			"file does not contain a non-negative number");
	}

	assert_int_equal(textfile_read_number("missing", &error), -1);
	assert_int_equal(error.number, ENOENT);
}

static void test_write(void **state)
{
	char *text;

	make_text("file", "");
	assert_int_equal(textfile_write("file", "text\n", NULL), 0);
	text = textfile_read("file", NULL);
	assert_string_equal(text, "text");
	free(text);
}

static void test_write_creates_no_file(void **state)
{
	struct error error;

	assert_int_equal(textfile_write("missing", "text", &error), -1);
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(error.reason,
			    "cannot write missing: No such file or directory");
	assert_false(is_there("missing"));
}

/* An attribute rejects a text in write(2). */
static void test_write_fails(void **state)
{
	struct error error;

	assert_int_equal(textfile_write("/dev/full", "text", &error), -1);
	assert_int_equal(error.number, ENOSPC);
	assert_string_equal(error.reason,
			    "cannot write /dev/full: No space left on device");
}

static void test_replace(void **state)
{
	char *text;

	/* An interrupted replacement may have left a file. */
	make_text("file.part", "half");
	assert_return_code(textfile_replace("file", "old", NULL), errno);
	assert_return_code(textfile_replace("file", "new\ntext", NULL), errno);
	text = textfile_read("file", NULL);
	assert_string_equal(text, "new\ntext");
	free(text);
	assert_false(is_there("file.part"));
}

static void test_replace_fails(void **state)
{
	struct error error;

	assert_int_equal(textfile_replace("missing/file", "text", &error), -1);
	assert_int_equal(error.number, ENOENT);

	make_text("directory/file", "");
	assert_int_equal(textfile_replace("directory", "text", &error), -1);
	assert_int_equal(error.number, EISDIR);
	assert_string_equal(error.reason,
			    "cannot write directory: Is a directory");
	assert_false(is_there("directory.part"));
	assert_true(is_there("directory/file"));
}

static void assert_replaced(const char *before, const char *after)
{
	char content[256] = "";
	FILE *file;

	make_text("file", before);
	assert_return_code(textfile_replace_line("file", "line", "other", NULL),
			   errno);
	file = fopen("file", "r");
	assert_non_null(file);
	assert_true(fread(content, 1, sizeof(content) - 1, file) > 0);
	fclose(file);
	assert_string_equal(content, after);
}

static void test_replace_line(void **state)
{
	assert_replaced("line\n", "other\n");
	assert_replaced("line", "other");
	assert_replaced("\n\n\tline\nline\n line\n\n\n",
			"\n\n\tline\nother\n line\n\n\n");
	assert_replaced("line \nlines\nlin\nline", "line \nlines\nlin\nother");
	/* Only the first line is replaced. */
	assert_replaced("line\nline\n", "other\nline\n");
}

static void test_replace_line_keeps_the_file(void **state)
{
	struct stat before, after;

	make_text("there/file", "line\n");
	make_link("link", "there/file");
	assert_return_code(chmod("there/file", 0640), errno);
	assert_return_code(stat("link", &before), errno);
	assert_return_code(textfile_replace_line("link", "line", "other", NULL),
			   errno);
	assert_return_code(lstat("link", &after), errno);
	assert_true(S_ISLNK(after.st_mode));
	assert_return_code(stat("link", &after), errno);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_int_equal(after.st_uid, before.st_uid);
	assert_int_equal(after.st_gid, before.st_gid);
	assert_false(is_there("there/file.part"));
}

static void test_replace_line_fails(void **state)
{
	struct error error;

	assert_int_equal(textfile_replace_line("missing", "line", "other",
					       &error),
			 -1);
	assert_int_equal(error.number, ENOENT);
	assert_string_equal(error.reason,
			    "cannot read missing: No such file or directory");

	make_text("file", "lines\n");
	assert_int_equal(textfile_replace_line("file", "line", "other", &error),
			 -1);
	assert_int_equal(error.number, ESRCH);
	assert_string_equal(error.reason,
			    "file does not have the line \"line\"");
	make_text("file", "");
	assert_int_equal(textfile_replace_line("file", "line", "other", &error),
			 -1);
	assert_int_equal(error.number, ESRCH);
	make_file("file", "line\n\0line\n", 11);
	assert_int_equal(textfile_replace_line("file", "line", "other", &error),
			 -1);
	assert_int_equal(error.number, EINVAL);
	assert_string_equal(error.reason, "file is not a text file");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_read),
		scratch_test(test_read_long_text),
		scratch_test(test_read_fails),
		scratch_test(test_number),
		scratch_test(test_no_number),
		scratch_test(test_write),
		scratch_test(test_write_creates_no_file),
		scratch_test(test_write_fails),
		scratch_test(test_replace),
		scratch_test(test_replace_fails),
		scratch_test(test_replace_line),
		scratch_test(test_replace_line_keeps_the_file),
		scratch_test(test_replace_line_fails),
	};

	return cmocka_run_group_tests_name("textfile", tests, NULL, NULL);
}
