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
	problem = hibernation_problem("swaps", "mountinfo", "sys");
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
	assert_null(hibernation_problem("nothing", "mountinfo", "sys"));
}

/* A swap file in a directory of its own, on the device or the Btrfs @source. */
static void mount_swap(const char *number, const char *type, const char *source)
{
	char *directory = format("%s/mnt", scratch);
	char *text = format("21 1 254:1 / / rw - ext4 /dev/vda1 rw\n"
			    "22 21 %s / %s rw - %s %s rw\n",
			    number, directory, type, source);

	make_text("mnt/swap file", "x");
	make_text("mountinfo", text);
	free(text);
	free(directory);
}

/* The kernel writes a blank as \\040. */
static void assert_file_problem(const char *swap)
{
	char *swaps =
		format(HEADER "%s/mnt/swap\\040file file 1 0 -2\n", scratch);

	assert_problem("disk\n", swaps, swap);
	free(swaps);
}

static void test_file(void **state)
{
	mount_swap("254:2", "ext4", "/dev/vda2");
	make_link("sys/dev/block/254:2", "../../class/block/vda2");
	assert_file_problem("/mnt/swap file,");
	mount_swap("253:0", "ext4", "/dev/dm-0");
	make_link("sys/dev/block/253:0", "../../class/block/dm-0");
	assert_file_problem(NULL);
}

static void test_file_on_btrfs(void **state)
{
	make_link("sys/fs/btrfs/abc/devices/vda2",
		  "../../../../class/block/vda2");
	make_link("sys/fs/btrfs/def/devices/dm-0",
		  "../../../../class/block/dm-0");
	mount_swap("0:41", "btrfs", "/dev/vda2");
	assert_file_problem("/mnt/swap file,");
	mount_swap("0:42", "btrfs", "/dev/dm-0");
	assert_file_problem(NULL);
}

static void test_unknown(void **state)
{
	mount_swap("254:77", "ext4", "/dev/vdz");
	assert_file_problem(NULL);
	mount_swap("0:41", "btrfs", "/dev/vdz");
	assert_file_problem(NULL);
	assert_problem("disk\n", HEADER "/nothing/swapfile file 1 0 -2\n",
		       NULL);
	assert_problem("disk\n", HEADER "/dev/other partition 1 0 -2\n", NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_exposed),	   scratch_test(test_encrypted),
		scratch_test(test_no_hibernation), scratch_test(test_file),
		scratch_test(test_file_on_btrfs),  scratch_test(test_unknown),
	};

	return cmocka_run_group_tests_name("hibernation", tests, NULL, NULL);
}
