// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/ext4_errors.h"
#include "tests/unit/scratch.h"

#define SUPERBLOCK 1024
#define MAGIC	   0x38 /* and the state after it */

static void make_filesystem(unsigned char magic, unsigned char state)
{
	unsigned char data[2 * SUPERBLOCK] = {};
	unsigned char *fields = data + SUPERBLOCK + MAGIC;

	fields[0] = magic;
	fields[1] = 0xef;
	fields[2] = state;
	make_file("disk", data, sizeof(data));
}

static void test_state(void **state)
{
	make_filesystem(0x53, 0x01); /* clean */
	assert_false(ext4_has_errors("disk"));
	make_filesystem(0x53, 0x02);
	assert_true(ext4_has_errors("disk"));
	make_filesystem(0x53, 0x07); /* and orphans */
	assert_true(ext4_has_errors("disk"));
}

static void test_no_ext4(void **state)
{
	make_filesystem(0x54, 0x02);
	assert_false(ext4_has_errors("disk"));
	make_text("short", "text");
	assert_false(ext4_has_errors("short"));
	assert_false(ext4_has_errors("missing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(test_state),
		scratch_test(test_no_ext4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
