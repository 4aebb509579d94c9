// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/scratch.h"
#include "tool/storage/volume_groups.h"

static int set_up(void **state)
{
	int ret = scratch_make(state);

	setenv("PATH", scratch, 1);
	return ret;
}

/*
 * Replace lvm(8): some kinds of groups need a cluster. The tests in tests/vm use
 * the real one.
 */
static void make_lvm(const char *script)
{
	char *text = format("#!/bin/sh\n%s\n", script);

	make_text("lvm", text);
	assert_int_equal(chmod("lvm", 0755), 0);
	free(text);
}

static int find(struct text_list *ids, const char *first, const char *second,
		struct error *error)
{
	struct text_list volumes = {};
	int ret;

	text_list_add(&volumes, first);
	text_list_add(&volumes, second);
	ret = volume_groups_find_system_ids(ids, &volumes, error);
	text_list_release(&volumes);
	return ret;
}

static void assert_configuration(const struct text_list *ids,
				 const char *expected)
{
	char *text = volume_groups_configuration(ids);

	assert_string_equal(text, expected);
	free(text);
}

static void test_no_system_id(void **state)
{
	struct text_list ids = {};

	make_lvm("echo '  /'; echo '  /none'");
	assert_int_equal(find(&ids, "vg/lv", "vg/other", NULL), 0);
	assert_int_equal(ids.count, 0);
	assert_configuration(&ids, "");
}

static void test_system_ids(void **state)
{
	struct text_list ids = {};

	/* The group is the last argument. */
	make_lvm("for name; do :; done; echo \"  of-$name/\"");
	assert_int_equal(find(&ids, "one/lv", "two/lv", NULL), 0);
	assert_int_equal(find(&ids, "one/lv", "one/other", NULL), 0);
	assert_configuration(&ids,
			     "global {\n"
			     "	system_id_source = \"lvmlocal\"\n"
			     "}\n"
			     "local {\n"
			     "	system_id = \"of-one\"\n"
			     "	extra_system_ids = [ \"of-one\", \"of-two\" ]\n"
			     "}\n");
	text_list_release(&ids);
}

static void test_refused(void **state)
{
	struct text_list ids = {};
	struct error error;

	make_lvm("echo '  /sanlock'");
	assert_int_equal(find(&ids, "vg/lv", "vg/other", &error), -1);
	assert_string_equal(
		error.reason,
		"the volume group vg is shared with other machines (lvmlockd), which is not supported");
	make_lvm("echo '  /'; exit 5");
	assert_int_equal(find(&ids, "vg/lv", "vg/other", &error), -1);
	assert_string_equal(
		error.reason,
		"cannot examine the volume group vg: lvm vgs failed with exit status 5");
	setenv("PATH", "/missing", 1);
	assert_int_equal(find(&ids, "vg/lv", "vg/other", &error), -1);
	assert_non_null(
		strstr(error.reason, "cannot examine the volume group vg: "));
	assert_int_equal(ids.count, 0);
}

#define volume_groups_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, scratch_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		volume_groups_test(test_no_system_id),
		volume_groups_test(test_system_ids),
		volume_groups_test(test_refused),
	};

	return cmocka_run_group_tests_name("volume_groups", tests, NULL, NULL);
}
