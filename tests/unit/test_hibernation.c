// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/storage/hibernation.h"

#define HEADER "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

static void make_state(const char *states, const char *swaps)
{
	make_text("sys/power/state", states);
	make_text("swaps", swaps);
	make_text("sys/class/block/vda2/size", "1\n");
	make_text("sys/class/block/zram0/size", "1\n");
	make_text("sys/class/block/dm-0/dm/uuid", "LVM-abc\n");
	make_text("sys/class/block/dm-0/slaves/dm-1/dm/uuid",
		  "CRYPT-LUKS2-abc-crypt\n");
	make_text("sys/class/block/dm-2/dm/uuid", "LVM-def\n");
	make_text("sys/class/block/dm-2/slaves/vda3/size", "1\n");
	make_text("sys/class/block/dm-3/dm/uuid", "LVM-ghi\n");
	make_text("sys/class/block/dm-3/slaves/vda3/size", "1\n");
	make_text("sys/class/block/dm-3/slaves/dm-1/dm/uuid",
		  "CRYPT-LUKS2-abc-crypt\n");
	make_text("sys/class/block/dm-4/dm/uuid", "CRYPT-PLAIN-swap\n");
	make_text("sys/class/block/dm-5/dm/uuid", "CRYPT-VERITY-swap\n");
}

/* Without @swap, there must be no problem. */
static void assert_problem(const char *states, const char *swaps,
			   const char *swap)
{
	char *problem;

	make_state(states, swaps);
	problem = hibernation_problem("swaps", "sys");
	if (swap)
		assert_non_null(strstr(problem, swap));
	else
		assert_null(problem);
	free(problem);
}

static void test_exposed(void **state)
{
	assert_problem("freeze mem disk\n",
		       HEADER "/dev/vda2 partition 1 0 -2\n",
		       "the swap /dev/vda2,");
	assert_problem("disk\n",
		       HEADER "/dev/zram0 partition 1 0 5\n"
			      "/dev/dm-2\tpartition\t1\t0\t-2\n",
		       "the swap /dev/dm-2,");
	/* A part of the volume group is not encrypted. */
	assert_problem("disk\n", HEADER "/dev/dm-3 partition 1 0 -2\n",
		       "the swap /dev/dm-3,");
	assert_problem("disk\n", HEADER "/dev/dm-5 partition 1 0 -2\n",
		       "the swap /dev/dm-5,");
}

static void test_encrypted(void **state)
{
	assert_problem("disk\n",
		       HEADER "/dev/dm-0 partition 1 0 -2\n"
			      "/dev/dm-4 partition 1 0 -2\n",
		       NULL);
	assert_problem("disk\n", HEADER "/dev/zram0 partition 1 0 5\n", NULL);
}

static void test_no_hibernation(void **state)
{
	assert_problem("freeze mem\n", HEADER "/dev/vda2 partition 1 0 -2\n",
		       NULL);
	assert_problem("\n", HEADER "/dev/vda2 partition 1 0 -2\n", NULL);
	assert_problem("disk\n", HEADER, NULL);
	assert_problem("disk\n", "", NULL);
	assert_null(hibernation_problem("nothing", "sys"));
}

/* The filesystem's device is not known, as in a Btrfs. */
static void test_unknown(void **state)
{
	make_text("swapfile", "x");
	assert_problem("disk\n", HEADER "/nothing/swapfile file 1 0 -2\n",
		       NULL);
	assert_problem("disk\n", HEADER "/dev/other partition 1 0 -2\n", NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_exposed),
		scratch_test(test_encrypted),
		scratch_test(test_no_hibernation),
		scratch_test(test_unknown),
	};

	return cmocka_run_group_tests_name("hibernation", tests, NULL, NULL);
}
