// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/textfile.h"
#include "tests/unit/scratch.h"
#include "tool/host/reported_dumps.h"

#define FILE_NAME "told"

static struct dump list[8];
static struct dumps dumps = { .list = list };

static void add(const char *path, const char *name, int64_t when)
{
	list[dumps.count++] = (struct dump) {
		.path = (char *)path,
		.name = (char *)name,
		.info.time = when,
	};
}

static int set_up(void **state)
{
	dumps.count = 0;
	return scratch_make(state);
}

/* List the names of the new ones, and record all. */
static void assert_new(const char *expected)
{
	struct reported_dumps reported;
	char *names = strdup(""), *more;
	size_t i;

	assert_int_equal(reported_dumps_read(&reported, FILE_NAME, NULL), 0);
	for (i = 0; i < dumps.count; i++) {
		if (reported_dumps_has(&reported, &list[i]))
			continue;
		more = format("%s%s ", names, list[i].name);
		free(names);
		names = more;
	}
	assert_string_equal(names, expected);
	free(names);
	assert_int_equal(reported_dumps_write(&reported, &dumps, FILE_NAME,
					      NULL),
			 0);
	reported_dumps_release(&reported);
}

static void assert_recorded(const char *expected)
{
	char *text = textfile_read(FILE_NAME, NULL);

	assert_string_equal(text, expected);
	free(text);
}

static void test_first_time(void **state)
{
	add("/var/crash", "a", 1);
	assert_new("");
	assert_recorded("/var/crash/a");
	add("/var/crash", "b", 2);
	assert_new("b ");
	assert_new("");
}

/* After a crash with a wrong clock, later crashes have older times. */
static void test_clock_in_the_future(void **state)
{
	assert_new("");
	add("/var/crash", "future", 4102444800);
	assert_new("future ");
	add("/var/crash", "later", 1800000000);
	assert_new("later ");
	assert_new("");
}

static void test_same_name_in_two_paths(void **state)
{
	assert_new("");
	add("/var/crash", "a", 1);
	assert_new("a ");
	add("/srv", "a", 1);
	assert_new("a ");
	assert_recorded("/var/crash/a\n/srv/a");
}

/* A name may come again once its dump was removed. */
static void test_forgets_what_is_gone(void **state)
{
	assert_new("");
	add("/var/crash", "a", 1);
	add("/var/crash", "b", 1);
	add("/srv", "c", 1);
	assert_new("a b c ");
	dumps.count = 1;
	/* /srv shows no dump, so it may not be mounted. */
	assert_new("");
	assert_recorded("/srv/c\n/var/crash/a");
	add("/srv", "c", 1);
	assert_new("");
	add("/var/crash", "b", 1);
	assert_new("b ");
}

static void test_file_of_older_version(void **state)
{
	make_text(FILE_NAME, "200\n");
	add("/var/crash", "a", 100);
	add("/var/crash", "b", 200);
	add("/var/crash", "c", 300);
	assert_new("c ");
	add("/var/crash", "d", 50);
	assert_new("d ");
}

static void test_newline(void **state)
{
	assert_new("");
	add("/var/crash", "a\nb", 1);
	assert_new("a\nb ");
	assert_new("");
}

static void test_cannot_read(void **state)
{
	struct reported_dumps reported;
	struct error error;

	make_directory(FILE_NAME);
	assert_int_equal(reported_dumps_read(&reported, FILE_NAME, &error), -1);
	assert_int_equal(error.number, EISDIR);
	assert_string_equal(error.reason, "cannot read told: Is a directory");
	reported_dumps_release(&reported);
}

#define reported_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, scratch_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		reported_test(test_first_time),
		reported_test(test_clock_in_the_future),
		reported_test(test_same_name_in_two_paths),
		reported_test(test_forgets_what_is_gone),
		reported_test(test_file_of_older_version),
		reported_test(test_newline),
		reported_test(test_cannot_read),
	};

	return cmocka_run_group_tests_name("reported_dumps", tests, NULL, NULL);
}
