// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/scan/aes_schedule.h"
#include "tool/scan/key_search.h"

#define PAGE  4096
#define PAGES 600 /* more than are looked at together, twice */

static uint8_t memory[PAGES * PAGE];
static uint8_t volume_key[64], other_key[32];

static void fill(uint8_t *bytes, size_t size)
{
	while (size--)
		*bytes++ = random();
}

static int set_up(void **state)
{
	/* The search skips pages of zeros, so this is none. */
	memset(memory, 0xff, sizeof(memory));
	fill(volume_key, sizeof(volume_key));
	fill(other_key, sizeof(other_key));
	return 0;
}

struct result {
	struct known_key key;
	uint64_t other_schedules;
	size_t pages, other_pages;
};

/* The pages in @left_out are not in the dump. */
static struct result search_without(struct known_key key,
				    const size_t *left_out, size_t count)
{
	struct key_search search;
	struct result result;
	size_t page, i = 0;

	key_search_init(&search, &key, 1, PAGE);
	for (page = 0; page < PAGES; page++) {
		if (i < count && left_out[i] == page) {
			i++;
			continue;
		}
		key_search_page(&search, (1000 + page) * PAGE,
				memory + page * PAGE);
	}
	key_search_finish(&search);
	result = (struct result) {
		.key = key,
		.other_schedules = search.other_schedules,
		.pages = key.pages.count,
		.other_pages = search.other_pages.count,
	};
	key_search_release(&search);
	return result;
}

static const struct known_key xts_key = {
	.key = volume_key,
	.size = sizeof(volume_key),
	.two_halves = true,
};
static const struct known_key cbc_key = {
	.key = volume_key,
	.size = 32,
};

static struct result search(struct known_key key)
{
	return search_without(key, NULL, 0);
}

static void assert_nothing(struct known_key key)
{
	struct result result = search(key);

	assert_int_equal(result.key.whole, 0);
	assert_int_equal(result.key.halves[0] + result.key.halves[1], 0);
	assert_int_equal(result.key.pieces, 0);
	assert_int_equal(result.key.schedules, 0);
	assert_int_equal(result.pages, 0);
	assert_int_equal(result.other_schedules, 0);
	assert_int_equal(result.other_pages, 0);
}

static void test_nothing(void **state)
{
	assert_nothing(xts_key);
	assert_nothing(cbc_key);
	fill(memory, sizeof(memory));
	assert_nothing(xts_key);
}

/* At each place around the edges of pages, and of groups of pages. */
static void assert_found_once_around(size_t edge)
{
	static const size_t before[] = { 70, 64, 63, 33, 32, 31, 1, 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(before); i++) {
		size_t at = edge - before[i];
		size_t pages = at < edge && at + 64 > edge ? 2 : 1;
		struct result result;

		memcpy(memory + at, volume_key, sizeof(volume_key));
		result = search(xts_key);
		assert_int_equal(result.key.whole, 1);
		assert_int_equal(result.key.halves[0], 1);
		assert_int_equal(result.key.halves[1], 1);
		assert_int_equal(result.key.pieces, 0);
		assert_int_equal(result.pages, pages);
		memset(memory + at, 0xff, sizeof(volume_key));
	}
}

static void test_whole_key(void **state)
{
	assert_found_once_around(PAGE);
	assert_found_once_around(255 * PAGE);
	assert_found_once_around(256 * PAGE);
	assert_found_once_around(511 * PAGE);
}

static void test_start_and_end(void **state)
{
	struct result result;

	memcpy(memory, volume_key, sizeof(volume_key));
	memcpy(memory + sizeof(memory) - sizeof(volume_key), volume_key,
	       sizeof(volume_key));
	result = search(xts_key);
	assert_int_equal(result.key.whole, 2);
	assert_int_equal(result.pages, 2);
}

static void test_halves(void **state)
{
	struct result result;

	memcpy(memory + 5001, volume_key, 32);
	memcpy(memory + 6001, volume_key, 32);
	memcpy(memory + 9001, volume_key + 32, 32);
	result = search(xts_key);
	assert_int_equal(result.key.whole, 0);
	assert_int_equal(result.key.halves[0], 2);
	assert_int_equal(result.key.halves[1], 1);
	assert_int_equal(result.pages, 2);
	result = search(cbc_key);
	assert_int_equal(result.key.whole, 2);
	assert_int_equal(result.key.halves[0], 0);
}

/* Each schedule begins with the key, or ends with the key's beginning. */
static void test_schedules(void **state)
{
	struct result result;

	aes_schedule_for_encryption(memory + 100, volume_key, 32);
	aes_schedule_for_decryption(memory + 340, volume_key, 32);
	aes_schedule_for_encryption(memory + 256 * PAGE - 101, volume_key + 32,
				    32);
	aes_schedule_for_encryption(memory + 300 * PAGE, other_key, 32);
	aes_schedule_for_decryption(memory + 301 * PAGE - 32, other_key, 16);
	result = search(xts_key);
	assert_int_equal(result.key.schedules, 3);
	assert_int_equal(result.key.halves[0], 1);
	assert_int_equal(result.key.halves[1], 1);
	assert_int_equal(result.pages, 3);
	assert_int_equal(result.other_schedules, 2);
	assert_int_equal(result.other_pages, 2);

	result = search(cbc_key);
	assert_int_equal(result.key.schedules, 2);
	assert_int_equal(result.other_schedules, 3);
}

/* A key continues only in the page that follows. */
static void test_gaps(void **state)
{
	static const size_t gap[] = { 10 };
	struct result result;

	memcpy(memory + 10 * PAGE - 20, volume_key, 20);
	memcpy(memory + 11 * PAGE, volume_key + 20, 44);
	result = search_without(xts_key, gap, 1);
	assert_int_equal(result.key.whole, 0);
	assert_int_equal(result.key.halves[0], 0);
	assert_int_equal(result.key.halves[1], 1);
	/* 20 and 12 bytes of the first half. */
	assert_int_equal(result.key.pieces, 2);
	assert_int_equal(result.pages, 2);
}

static void test_zeros(void **state)
{
	struct result result;

	memset(memory, 0, sizeof(memory));
	assert_nothing(xts_key);
	memcpy(memory + 10 * PAGE - 64, volume_key, 64);
	memcpy(memory + 20 * PAGE, volume_key, 64);
	result = search(xts_key);
	assert_int_equal(result.key.whole, 2);
	assert_int_equal(result.key.pieces, 0);
	assert_int_equal(result.pages, 2);

	/* Part of it was wiped. */
	memset(memory, 0, sizeof(memory));
	memcpy(memory + 10 * PAGE - 20, volume_key, 20);
	result = search(xts_key);
	assert_int_equal(result.key.pieces, 1);
}

/* Memory that is contiguous only to the kernel has such pieces. */
static void test_pieces(void **state)
{
	size_t known;

	for (known = 1; known < 32; known++) {
		unsigned int expected = (known >= 8) + (32 - known >= 8);
		struct result result;

		memset(memory, 0xff, sizeof(memory));
		memcpy(memory + 256 * PAGE - known, volume_key, known);
		memcpy(memory + 300 * PAGE, volume_key + known, 32 - known);
		result = search(cbc_key);
		assert_int_equal(result.key.whole, 0);
		assert_int_equal(result.key.pieces, expected);
		assert_int_equal(result.pages, expected);
	}
	/* In the middle of a page the rest would be there, too. */
	memset(memory, 0xff, sizeof(memory));
	memcpy(memory + 300 * PAGE + 1, volume_key, 31);
	assert_nothing(cbc_key);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nothing, set_up),
		cmocka_unit_test_setup(test_whole_key, set_up),
		cmocka_unit_test_setup(test_start_and_end, set_up),
		cmocka_unit_test_setup(test_halves, set_up),
		cmocka_unit_test_setup(test_schedules, set_up),
		cmocka_unit_test_setup(test_gaps, set_up),
		cmocka_unit_test_setup(test_zeros, set_up),
		cmocka_unit_test_setup(test_pieces, set_up),
	};

	return cmocka_run_group_tests_name("key_search", tests, NULL, NULL);
}
