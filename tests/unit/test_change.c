// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "tests/unit/scratch.h"
#include "tool/setup/change_make.h"
#include "tool/setup/change_record.h"

#define RECORD "setup.json"

/*
 * Make an update-grub and a systemctl that record each run, and fail if a file
 * "broken" exists. systemctl reads the state of a service from a file "state".
 */
static void make_programs(void)
{
	static const char *const names[] = { "update-grub", "systemctl" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *file = format("bin/%s", names[i]);
		char *text =
			format("#!/bin/sh\n"
			       "[ \"$1\" != is-enabled ] || exec cat %s/state\n"
			       "echo %s $* >>%s/ran\n"
			       "! test -e %s/broken\n",
			       scratch, names[i], scratch, scratch);

		make_text(file, text);
		assert_return_code(chmod(file, 0755), errno);
		free(text);
		free(file);
	}
	assert_return_code(setenv("PATH", "bin:/usr/bin:/bin", 1), errno);
}

static void assert_text(const char *file, const char *expected)
{
	char *text = textfile_read(file, NULL);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void ignore_line(const char *line)
{
}

static struct messages messages = { .progress = ignore_line };
static struct error error; /* of the last failure */

static void assert_reason(const char *expected)
{
	assert_string_equal(error.reason, expected);
}

static void read_record(struct changes *recorded)
{
	assert_int_equal(change_record_read(recorded, RECORD, NULL), 0);
}

static int make(struct changes *wanted, size_t index, struct changes *recorded)
{
	return change_make(&wanted->list[index], recorded, RECORD, &messages,
			   &error);
}

/* Do what setup does if it wants this file and nothing else. */
static int want_and_make(const char *content)
{
	struct changes recorded, wanted = {};
	size_t i;
	int ret;

	read_record(&recorded);
	ret = change_want_file(&wanted, &recorded, "file", content, UPDATE_GRUB,
			       &error);
	for (i = 0; i < wanted.count && !ret; i++)
		ret = make(&wanted, i, &recorded);
	changes_release(&recorded);
	changes_release(&wanted);
	return ret;
}

static int undo_all(void)
{
	struct changes recorded;
	size_t i;
	int ret = 0;

	read_record(&recorded);
	for (i = recorded.count; i--;)
		if (change_undo(&recorded, i, RECORD, &messages, &error))
			ret = -1;
	changes_release(&recorded);
	return ret;
}

static void test_file(void **state)
{
	make_programs();
	assert_int_equal(want_and_make("one"), 0);
	assert_text("file", "one");
	assert_text("ran", "update-grub");
	/* A second run changes nothing. */
	assert_int_equal(want_and_make("one"), 0);
	assert_text("ran", "update-grub");
	/* Something else is wanted by now. */
	assert_int_equal(want_and_make("two"), 0);
	assert_text("file", "two");
	assert_text("ran", "update-grub\nupdate-grub");

	assert_int_equal(undo_all(), 0);
	assert_false(is_there("file"));
	assert_false(is_there(RECORD));
	assert_text("ran", "update-grub\nupdate-grub\nupdate-grub");
}

static void test_file_of_somebody_else(void **state)
{
	make_programs();
	make_text("file", "theirs\n");
	assert_int_equal(want_and_make("ours"), -1);
	assert_reason(
		"file differs from the file that setup writes: move it away, then run kdump-crypt setup again");
	assert_text("file", "theirs");
	/* Its content is right, but undo must not remove it. */
	make_text("file", "ours\n");
	assert_int_equal(want_and_make("ours"), 0);
	assert_false(is_there(RECORD));
	assert_false(is_there("ran"));
}

static void test_edited_file(void **state)
{
	make_programs();
	assert_int_equal(want_and_make("ours"), 0);
	make_text("file", "ours, edited\n");
	assert_int_equal(want_and_make("ours"), -1);
	assert_int_equal(undo_all(), -1);
	assert_reason(
		"file was edited after setup wrote it, so it stays: remove it if it is not needed, then run kdump-crypt setup --undo again");
	assert_text("file", "ours, edited");
	assert_text("ran", "update-grub");

	/* A person removed it: undo does the rest. */
	assert_return_code(unlink("file"), errno);
	assert_int_equal(undo_all(), 0);
	assert_text("ran", "update-grub\nupdate-grub");
	assert_false(is_there(RECORD));
}

static void test_follow_up_that_fails(void **state)
{
	make_programs();
	make_text("broken", "");
	assert_int_equal(want_and_make("one"), -1);
	assert_reason(
		"update-grub failed, so the change to file was undone: correct the cause, then run kdump-crypt setup again");
	assert_false(is_there("file"));
	assert_false(is_there(RECORD));

	assert_return_code(unlink("broken"), errno);
	assert_int_equal(want_and_make("one"), 0);
	make_text("broken", "");
	assert_int_equal(want_and_make("two"), -1);
	assert_text("file", "one");

	/* The change stays recorded until grub.cfg is up to date. */
	assert_int_equal(undo_all(), -1);
	assert_false(is_there("file"));
	assert_true(is_there(RECORD));
	assert_return_code(unlink("broken"), errno);
	assert_int_equal(undo_all(), 0);
	assert_false(is_there(RECORD));
}

static void test_follow_up_on_a_full_disk(void **state)
{
	make_programs();
	make_text("bin/update-grub",
		  "#!/bin/sh\n"
		  "echo cat: write error: No space left on device >&2\n"
		  "exit 1\n");
	assert_int_equal(want_and_make("one"), -1);
	assert_int_equal(error.number, ENOSPC);
	assert_reason(
		"update-grub failed because a disk is full: free some space in /boot and /var/tmp, so the change to file was undone: correct the cause, then run kdump-crypt setup again");
	assert_false(is_there("file"));
}

/* The power failed between writing the file and its follow-up. */
static void test_unfinished(void **state)
{
	make_programs();
	make_text(RECORD,
		  "{ \"format\": 1, \"changes\": [ { \"kind\": \"file\","
		  " \"name\": \"file\", \"content\": \"one\","
		  " \"follow_up\": \"update-grub\", \"finished\": false } ] }");
	make_text("file", "one\n");
	assert_int_equal(want_and_make("one"), 0);
	assert_text("ran", "update-grub");
	assert_int_equal(want_and_make("one"), 0);
	assert_text("ran", "update-grub");
}

static void test_directory(void **state)
{
	struct changes recorded = {}, wanted = {};
	struct stat status;

	make_directory("there");
	change_want_directory(&wanted, "there", 0700);
	assert_int_equal(wanted.count, 0);
	change_want_directory(&wanted, "new", 0700);
	assert_int_equal(wanted.count, 1);
	assert_int_equal(make(&wanted, 0, &recorded), 0);
	assert_return_code(stat("new", &status), errno);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(undo_all(), 0);
	assert_false(is_there("new"));

	/* A directory that is in use by then stays. */
	assert_int_equal(make(&wanted, 0, &recorded), 0);
	make_text("new/dump", "");
	assert_int_equal(undo_all(), 0);
	assert_true(is_there("new/dump"));
	assert_int_equal(messages.warnings.count, 1);
	assert_string_equal(messages.warnings.items[0],
			    "new is in use, so it stays");
	text_list_release(&messages.warnings);
	assert_false(is_there(RECORD));
	changes_release(&recorded);
	changes_release(&wanted);
}

static void test_service(void **state)
{
	struct changes recorded = {}, wanted = {};

	make_programs();
	make_text("state", "enabled\n");
	change_want_service(&wanted, "a.service");
	assert_int_equal(wanted.count, 0);
	make_text("state", "disabled\n");
	make_text("broken", "");
	change_want_service(&wanted, "a.service");
	assert_int_equal(wanted.count, 1);
	assert_int_equal(make(&wanted, 0, &recorded), -1);
	assert_int_equal(recorded.count, 0);
	assert_return_code(unlink("broken"), errno);
	assert_return_code(unlink("ran"), errno);
	assert_int_equal(make(&wanted, 0, &recorded), 0);
	assert_int_equal(undo_all(), 0);
	assert_text("ran", "systemctl enable a.service\n"
			   "systemctl disable a.service");
	changes_release(&recorded);
	changes_release(&wanted);
}

static void test_other_service(void **state)
{
	struct changes recorded = {}, wanted = {};

	make_programs();
	make_text("state", "disabled\n");
	change_want_other_service(&wanted, "b.service");
	make_text("state", "not-found\n");
	change_want_other_service(&wanted, "b.service");
	assert_int_equal(wanted.count, 0);
	make_text("state", "enabled\n");
	change_want_other_service(&wanted, "b.service");
	assert_int_equal(wanted.count, 1);

	assert_int_equal(make(&wanted, 0, &recorded), 0);
	make_text("state", "disabled\n");
	assert_int_equal(undo_all(), 0);
	assert_text("ran", "systemctl disable b.service\n"
			   "systemctl enable b.service");

	/* The service was removed in the meantime. */
	assert_int_equal(make(&wanted, 0, &recorded), 0);
	make_text("state", "not-found\n");
	assert_int_equal(undo_all(), 0);
	assert_false(is_there(RECORD));
	assert_text("ran",
		    "systemctl disable b.service\n"
		    "systemctl enable b.service\nsystemctl disable b.service");
	changes_release(&recorded);
	changes_release(&wanted);
}

/* Do what setup does if it wants this line and nothing else. */
static int want_and_make_line(const char *line, const char *content)
{
	struct changes recorded, wanted = {};
	int ret;

	read_record(&recorded);
	change_want_line(&wanted, "table", line, content, UPDATE_GRUB);
	ret = make(&wanted, 0, &recorded);
	changes_release(&recorded);
	changes_release(&wanted);
	return ret;
}

/* Do what setup does if the line is as it wants it. */
static void want_nothing_more(void)
{
	struct changes recorded, wanted = {};
	size_t i;

	read_record(&recorded);
	change_want_unfinished(&wanted, &recorded, "table");
	for (i = 0; i < wanted.count; i++)
		assert_int_equal(make(&wanted, i, &recorded), 0);
	changes_release(&recorded);
	changes_release(&wanted);
}

static void test_lines(void **state)
{
	make_programs();
	make_text("table", "# two\na x\n\nb\ty\n");
	assert_int_equal(want_and_make_line("a x", "a x,new"), 0);
	assert_int_equal(want_and_make_line("b\ty", "b\ty,new"), 0);
	assert_text("table", "# two\na x,new\n\nb\ty,new");
	want_nothing_more();
	assert_text("ran", "update-grub\nupdate-grub");

	/* Another line of the file may change. */
	make_text("table", "# three\na x,new\n\nb\ty,new\nc z\n");
	assert_int_equal(undo_all(), 0);
	assert_text("table", "# three\na x\n\nb\ty\nc z");
	assert_false(is_there(RECORD));
}

static void test_line_that_is_not_there(void **state)
{
	make_programs();
	make_text("table", "a x\n");
	assert_int_equal(want_and_make_line("b y", "b y,new"), -1);
	assert_reason("table does not have the line \"b y\"");
	assert_text("table", "a x");
	assert_false(is_there(RECORD));
	assert_false(is_there("ran"));
}

static void test_edited_line(void **state)
{
	make_programs();
	make_text("table", "a x\n");
	assert_int_equal(want_and_make_line("a x", "a x,new"), 0);
	make_text("table", "a x,new,theirs\n");
	assert_int_equal(undo_all(), -1);
	assert_reason(
		"the line of table that setup changed was edited since, so it stays: remove \",new\" from it if it is not needed, then run kdump-crypt setup --undo again");
	assert_text("table", "a x,new,theirs");
	/* A person removed what was added. */
	make_text("table", "a x,theirs\n");
	assert_int_equal(undo_all(), 0);
	assert_text("table", "a x,theirs");
	assert_false(is_there(RECORD));

	/* The whole file is gone. */
	assert_int_equal(want_and_make_line("a x,theirs", "a x,theirs,new"), 0);
	assert_return_code(unlink("table"), errno);
	assert_int_equal(undo_all(), 0);
	assert_false(is_there("table"));
	assert_false(is_there(RECORD));
}

static void test_line_with_a_follow_up_that_fails(void **state)
{
	make_programs();
	make_text("table", "a x\n");
	make_text("broken", "");
	assert_int_equal(want_and_make_line("a x", "a x,new"), -1);
	assert_reason(
		"update-grub failed, so the change to table was undone: correct the cause, then run kdump-crypt setup again");
	assert_text("table", "a x");
	assert_false(is_there(RECORD));
}

static void test_unfinished_line(void **state)
{
	make_programs();
	make_text(
		RECORD,
		"{ \"format\": 1, \"changes\": [ { \"kind\": \"line\","
		" \"name\": \"table\", \"line\": \"a x\", \"content\": \"a x,new\","
		" \"follow_up\": \"update-grub\", \"finished\": false } ] }");
	make_text("table", "a x,new\n");
	want_nothing_more();
	assert_text("ran", "update-grub");
	want_nothing_more();
	assert_text("ran", "update-grub");
}

static void test_bad_record(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{}",
		"{ \"format\": 1 }",
		"{ \"format\": 2, \"changes\": [] }",
		"{ \"format\": 1, \"changes\": [ 1 ] }",
		"{ \"format\": 1, \"changes\": [ { \"kind\": \"file\", \"name\": \"a\" } ] }",
		"{ \"format\": 1, \"changes\": [ { \"kind\": \"service\" } ] }",
		"{ \"format\": 1, \"changes\": [ { \"kind\": \"program\", \"name\": \"a\" } ] }",
		"{ \"format\": 1, \"changes\": [ { \"kind\": \"file\", \"name\": \"a\","
		" \"content\": \"b\", \"follow_up\": \"rm\" } ] }",
		"{ \"format\": 1, \"changes\": [ { \"kind\": \"line\", \"name\": \"a\","
		" \"content\": \"b\", \"follow_up\": \"none\" } ] }",
		"{ \"format\": 1, \"changes\": [ { \"kind\": \"line\", \"name\": \"a\","
		" \"line\": \"bc\", \"content\": \"b\", \"follow_up\": \"none\" } ] }",
	};
	struct changes recorded;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		make_text(RECORD, texts[i]);
		assert_int_equal(change_record_read(&recorded, RECORD, &error),
				 -1);
		assert_reason(
			RECORD
			" is not a valid record of the changes that setup made");
		assert_int_equal(recorded.count, 0);
	}
	assert_return_code(unlink(RECORD), errno);
	read_record(&recorded);
	assert_int_equal(recorded.count, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_file),
		scratch_test(test_file_of_somebody_else),
		scratch_test(test_edited_file),
		scratch_test(test_follow_up_that_fails),
		scratch_test(test_follow_up_on_a_full_disk),
		scratch_test(test_unfinished),
		scratch_test(test_directory),
		scratch_test(test_service),
		scratch_test(test_other_service),
		scratch_test(test_lines),
		scratch_test(test_line_that_is_not_there),
		scratch_test(test_edited_line),
		scratch_test(test_line_with_a_follow_up_that_fails),
		scratch_test(test_unfinished_line),
		scratch_test(test_bad_record),
	};

	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
