// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "tests/unit/scratch.h"
#include "tool/keys/open_volumes.h"

#define LUKS2_UUID "CRYPT-LUKS2-0123456789abcdef0123456789abcdef-"

static void make_mapping(const char *name, const char *dm_uuid,
			 const char *device)
{
	char *uuid = format("sys/block/%s/dm/uuid", name);
	char *slave = format("sys/block/%s/slaves/%s", name, device);

	make_text(uuid, dm_uuid);
	make_directory(slave);
	free(slave);
	free(uuid);
}

static void test_volumes(void **state)
{
	struct text_list devices = {};

	make_directory("sys/block/vda");
	make_mapping("dm-0", LUKS2_UUID "root\n", "vda2");
	make_mapping("dm-1", "LVM-0123456789\n", "dm-0");
	make_mapping("dm-2", "CRYPT-PLAIN-swap\n", "vdb");
	make_mapping("dm-3", "CRYPT-LUKS1-fedcba9876543210fedcba9876543210-x\n",
		     "cciss!c0d0p1");
	/* The same volume again, and one whose disk is gone. */
	make_mapping("dm-4", LUKS2_UUID "again\n", "vda2");
	make_text("sys/block/dm-5/dm/uuid", LUKS2_UUID "gone\n");

	open_volumes_find(&devices, "sys");
	assert_int_equal(devices.count, 2);
	assert_true(text_list_has(&devices, "/dev/vda2"));
	assert_true(text_list_has(&devices, "/dev/cciss/c0d0p1"));
	text_list_release(&devices);

	make_mapping("dm-6", "CRYPT-VERITY-0123\n", "vdc");
	make_mapping("dm-7", "CRYPT-BITLK-0123-x\n", "vdd");
	open_volumes_find_others(&devices, "sys");
	assert_int_equal(devices.count, 2);
	assert_true(text_list_has(&devices, "/dev/dm-2"));
	assert_true(text_list_has(&devices, "/dev/dm-7"));
	text_list_release(&devices);
}

static void find_suspended(const struct open_volume *volume, void *names)
{
	if (volume->is_suspended)
		text_list_add(names, volume->mapping);
}

static void test_suspended(void **state)
{
	struct text_list names = {};

	make_mapping("dm-0", LUKS2_UUID "one\n", "vda2");
	make_text("sys/block/dm-0/dm/suspended", "0\n");
	make_mapping("dm-1", LUKS2_UUID "two\n", "vdb");
	make_text("sys/block/dm-1/dm/suspended", "1\n");
	open_volumes_for_each("sys", find_suspended, &names);
	assert_int_equal(names.count, 1);
	assert_string_equal(names.items[0], "/dev/dm-1");
	text_list_release(&names);
}

static void test_none(void **state)
{
	struct text_list devices = {};

	open_volumes_find(&devices, "sys");
	assert_int_equal(devices.count, 0);
	make_directory("sys/block");
	open_volumes_find(&devices, "sys");
	assert_int_equal(devices.count, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_volumes),
		scratch_test(test_suspended),
		scratch_test(test_none),
	};

	return cmocka_run_group_tests_name("open_volumes", tests, NULL, NULL);
}
