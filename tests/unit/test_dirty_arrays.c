// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/storage/dirty_arrays.h"

#define UUID "11111111:22222222:33333333:44444444"

static void make_array(const char *level, const char *missing,
		       const char *policy)
{
	make_text("sys/block/md0/md/uuid", UUID "\n");
	make_text("sys/block/md0/md/level", level);
	make_text("sys/block/md0/md/degraded", missing);
	make_text("sys/block/md0/md/consistency_policy", policy);
	make_text("sys/block/vda/size", "1\n");
}

static void assert_problem(const char *layer, bool has_problem)
{
	struct text_list layers = {};
	char *problem;

	text_list_add(&layers, "vg/lv LVM-abc");
	text_list_add(&layers, layer);
	problem = dirty_arrays_problem(&layers, "sys");
	if (has_problem)
		assert_non_null(
			strstr(problem, "the RAID array md0 is degraded"));
	else
		assert_null(problem);
	free(problem);
	text_list_release(&layers);
}

static void test_degraded(void **state)
{
	make_array("raid5\n", "1\n", "resync\n");
	assert_problem(UUID, true);
	assert_problem("raid " UUID, true);
	/* The target does not lie on it. */
	assert_problem("other", false);
	make_array("raid6\n", "1\n", "bitmap\n");
	assert_problem(UUID, true);
	make_array("raid4\n", "1\n", "bitmap\n");
	assert_problem(UUID, true);
}

static void test_starts(void **state)
{
	make_array("raid5\n", "0\n", "resync\n");
	assert_problem(UUID, false);
	make_array("raid1\n", "1\n", "resync\n");
	assert_problem(UUID, false);
	make_array("raid10\n", "1\n", "resync\n");
	assert_problem(UUID, false);
	make_array("raid5\n", "1\n", "ppl\n");
	assert_problem(UUID, false);
	make_array("raid5\n", "1\n", "journal\n");
	assert_problem(UUID, false);
}

static void test_no_array(void **state)
{
	assert_problem(UUID, false);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_degraded),
		scratch_test(test_starts),
		scratch_test(test_no_array),
	};

	return cmocka_run_group_tests_name("dirty_arrays", tests, NULL, NULL);
}
