// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/scratch.h"
#include "tool/image/memory_estimate.h"

#define MIB (1024LL * 1024)

static struct memory_facts facts(void)
{
	return (struct memory_facts) {
		.kernel = 56 * MIB,
		.initramfs = {
			.compressed = 7 * MIB,
			.files = 14 * MIB,
			.modules = 1 * MIB,
			.loaded_modules = 3 * MIB,
		},
		.machine = 2048 * MIB,
		.encrypted = true,
		.cpus = 1,
	};
}

static long long total_of(struct memory_facts facts)
{
	struct memory_estimate estimate;
	long long sum = 0;
	size_t i;

	memory_estimate(&estimate, &facts);
	assert_in_range(estimate.count, 1, MEMORY_PARTS);
	for (i = 0; i < estimate.count; i++) {
		assert_true(estimate.parts[i].bytes > 0);
		sum += estimate.parts[i].bytes;
	}
	/* The parts add up to the total, which is in steps of crashkernel=. */
	assert_in_range(estimate.total - sum, 0, 4 * MIB - 1);
	assert_int_equal(estimate.total % (4 * MIB), 0);
	return estimate.total;
}

/* If a fact grows, the total does not shrink. */
static void test_monotonous(void **state)
{
	long long least = total_of(facts());
	struct memory_facts more;

	more = facts();
	more.kernel += 8 * MIB;
	assert_true(total_of(more) >= least + 8 * MIB);
	more = facts();
	more.initramfs.files += 8 * MIB;
	assert_true(total_of(more) >= least + 8 * MIB);
	more = facts();
	more.initramfs.modules += 16 * MIB;
	assert_true(total_of(more) >= least + 8 * MIB);
	more = facts();
	more.journals += 16 * MIB;
	assert_true(total_of(more) >= least + 12 * MIB);
	more = facts();
	more.initramfs.loaded_modules += 8 * MIB;
	assert_true(total_of(more) >= least + 8 * MIB);
	more = facts();
	more.initramfs.compressed += 16 * MIB;
	assert_true(total_of(more) >= least + 12 * MIB);
	more = facts();
	more.cpus = 5;
	assert_true(total_of(more) >= least + 8 * MIB);
	more = facts();
	more.encrypted = false;
	assert_true(total_of(more) <= least);
}

/* makedumpfile's bitmaps grow with the machine up to a limit. */
static void test_large_machines(void **state)
{
	struct memory_facts more = facts();
	long long last = total_of(more);

	more.machine = 64LL * 1024 * MIB;
	assert_in_range(total_of(more) - last, 0, 8 * MIB);
	more.machine = 16LL * 1024 * 1024 * MIB;
	assert_in_range(total_of(more) - last, 12 * MIB, 24 * MIB);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_monotonous),
		cmocka_unit_test(test_large_machines),
	};

	return cmocka_run_group_tests_name("memory_estimate", tests, NULL,
					   NULL);
}
