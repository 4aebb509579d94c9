// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <unistd.h>

#include "lib/disk_identity.h"
#include "tests/unit/scratch.h"

/* The device that the tests look at has the number of /dev/null. */
#define FILE_NAME "/dev/null"
#define LINK	  "sys/dev/block/1:3"
#define DISK	  "sys/devices/pci0000:00/0000:00:05.0/virtio2/block/vdb"
#define SCSI                                                         \
	"sys/devices/pci0000:00/0000:00:1f.2/ata3/host2/target2:0:1" \
	"/2:0:1:0/block/sda"

static struct text_list recorded, found;

static int release_lists(void **state)
{
	text_list_release(&recorded);
	text_list_release(&found);
	return scratch_remove(state);
}

static void use_device(const char *directory)
{
	char *target = format("%s/%s", scratch, directory);

	make_directory(directory);
	make_link(LINK, target);
	free(target);
}

static void assert_identity(const char *expected)
{
	char *joined;

	disk_identity_read(&found, FILE_NAME, "sys");
	joined = text_list_join(&found, " ");
	assert_string_equal(joined ?: "", expected);
	free(joined);
}

static void test_disk(void **state)
{
	use_device(DISK);
	make_text(DISK "/size", "2048\n");
	make_text(DISK "/serial", "lab1\n");
	assert_identity("size=2048 serial=lab1 path=/0000:00:05.0");
}

/* The number of the host depends on the order in which drivers are loaded. */
static void test_partition_of_a_scsi_disk(void **state)
{
	use_device(SCSI "/sda1");
	make_text(SCSI "/sda1/size", "100\n");
	make_text(SCSI "/sda1/partition", "1\n");
	make_text(SCSI "/device/wwid", "naa.5\n");
	assert_identity(
		"size=100 partition=1 wwid=naa.5 path=/0000:00:1f.2/0:1:0");
}

static void test_place(void **state)
{
	char *joined;

	use_device(SCSI "/sda1");
	make_text(SCSI "/sda1/size", "100\n");
	make_text(SCSI "/sda1/partition", "1\n");
	make_text(SCSI "/device/wwid", "naa.5\n");
	disk_identity_read_place(&found, FILE_NAME, "sys");
	joined = text_list_join(&found, " ");
	assert_string_equal(joined,
			    "size=100 partition=1 path=/0000:00:1f.2/0:1:0");
	free(joined);
}

static void test_mapping(void **state)
{
	use_device("sys/devices/virtual/block/dm-0");
	make_text("sys/devices/virtual/block/dm-0/dm/uuid", "LVM-ab\n");
	assert_identity("dm=LVM-ab");
}

#define MPATH "sys/devices/virtual/block/dm-0"
#define PART  "sys/devices/virtual/block/dm-1"

/* The crash kernel sees one of its disks. */
static void test_multipath(void **state)
{
	char *disk = format("%s/" SCSI, scratch);
	char *mpath = format("%s/" MPATH, scratch);

	make_text(SCSI "/device/wwid", "naa.5\n");
	make_text(MPATH "/dm/uuid", "mpath-3500\n");
	make_text(MPATH "/size", "9000\n");
	make_link(MPATH "/slaves/sda", disk);
	use_device(MPATH);
	assert_identity("size=9000 wwid=naa.5 path=/0000:00:1f.2/0:1:0");
	text_list_release(&found);

	make_text(PART "/dm/uuid", "part2-mpath-3500\n");
	make_text(PART "/size", "500\n");
	make_link(PART "/slaves/dm-0", mpath);
	unlink(LINK);
	use_device(PART);
	assert_identity(
		"size=500 partition=2 wwid=naa.5 path=/0000:00:1f.2/0:1:0");
	free(mpath);
	free(disk);
}

static void test_no_device(void **state)
{
	assert_identity("");
	disk_identity_read(&found, "/missing", "sys");
	assert_int_equal(found.count, 0);
}

static void record(const char *one, const char *other)
{
	text_list_release(&recorded);
	text_list_add(&recorded, one);
	text_list_add(&recorded, other);
}

static void find(const char *one, const char *other)
{
	text_list_release(&found);
	text_list_add(&found, one);
	text_list_add(&found, other);
}

static void test_comparison(void **state)
{
	record("serial=1", "path=/a");
	find("serial=1", "path=/b");
	assert_true(disk_identity_is_same(&recorded, &found));
	assert_int_equal(disk_identity_score(&recorded, &found), 8);
	/* A copy in the place of the disk. */
	find("serial=2", "path=/a");
	assert_false(disk_identity_is_same(&recorded, &found));
	assert_int_equal(disk_identity_score(&recorded, &found), 4);
	/* Without a serial number the path decides. */
	record("size=5", "path=/a");
	find("size=5", "path=/b");
	assert_false(disk_identity_is_same(&recorded, &found));
	find("size=5", "path=/a");
	assert_true(disk_identity_is_same(&recorded, &found));
	/* Nothing is known. */
	text_list_release(&recorded);
	assert_true(disk_identity_is_same(&recorded, &found));
}

static void test_shape(void **state)
{
	record("size=5", "serial=1");
	find("size=5", "serial=2");
	assert_true(disk_identity_has_same_shape(&recorded, &found));
	find("size=6", "serial=1");
	assert_false(disk_identity_has_same_shape(&recorded, &found));
	find("size=5", "partition=1");
	assert_false(disk_identity_has_same_shape(&recorded, &found));
	record("size=5", "partition=1");
	assert_true(disk_identity_has_same_shape(&recorded, &found));
	find("size=5", "partition=2");
	assert_false(disk_identity_has_same_shape(&recorded, &found));
	find("size=5", "serial=1");
	assert_false(disk_identity_has_same_shape(&recorded, &found));
}

/* Nobody arms again after lvextend. */
static void test_shape_of_one_that_has_grown(void **state)
{
	record("size=5", "dm=LVM-ab");
	find("size=6", "dm=LVM-ab");
	assert_true(disk_identity_has_same_shape(&recorded, &found));
	find("size=6", "dm=LVM-cd");
	assert_false(disk_identity_has_same_shape(&recorded, &found));
	record("md=ab", "partition=1");
	find("md=ab", "partition=2");
	assert_false(disk_identity_has_same_shape(&recorded, &found));
	/* The place alone is not enough. */
	record("size=5", "path=/a");
	find("size=6", "path=/a");
	assert_false(disk_identity_has_same_shape(&recorded, &found));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_disk, scratch_make,
						release_lists),
		cmocka_unit_test_setup_teardown(test_partition_of_a_scsi_disk,
						scratch_make, release_lists),
		cmocka_unit_test_setup_teardown(test_place, scratch_make,
						release_lists),
		cmocka_unit_test_setup_teardown(test_mapping, scratch_make,
						release_lists),
		cmocka_unit_test_setup_teardown(test_multipath, scratch_make,
						release_lists),
		cmocka_unit_test_setup_teardown(test_no_device, scratch_make,
						release_lists),
		cmocka_unit_test_setup_teardown(test_comparison, scratch_make,
						release_lists),
		cmocka_unit_test_setup_teardown(test_shape, scratch_make,
						release_lists),
		cmocka_unit_test_setup_teardown(test_shape_of_one_that_has_grown,
						scratch_make, release_lists),
	};

	return cmocka_run_group_tests_name("disk_identity", tests, NULL, NULL);
}
