// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tests/unit/scratch.h"
#include "tool/scan/aes_schedule.h"

static const size_t key_sizes[] = { 16, 24, 32 };

/* The keys of FIPS 197, appendix A and C. */
static const uint8_t key_of_a1[] = {
	0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
	0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
};
static const uint8_t key_of_a2[] = {
	0x8e, 0x73, 0xb0, 0xf7, 0xda, 0x0e, 0x64, 0x52, 0xc8, 0x10, 0xf3, 0x2b,
	0x80, 0x90, 0x79, 0xe5, 0x62, 0xf8, 0xea, 0xd2, 0x52, 0x2c, 0x6b, 0x7b,
};
static const uint8_t key_of_a3[] = {
	0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe, 0x2b, 0x73, 0xae,
	0xf0, 0x85, 0x7d, 0x77, 0x81, 0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61,
	0x08, 0xd7, 0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4,
};

static void assert_word(const uint8_t *schedule, size_t index, uint32_t word)
{
	const uint8_t *at = schedule + 4 * index;

	assert_int_equal((uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 |
				 at[3],
			 word);
}

/* Words of appendix A.1 to A.3: early ones, and the last. */
static void test_encryption(void **state)
{
	uint8_t schedule[AES_MAX_SCHEDULE];

	assert_int_equal(aes_schedule_size(16), 176);
	assert_int_equal(aes_schedule_size(24), 208);
	assert_int_equal(aes_schedule_size(32), 240);

	aes_schedule_for_encryption(schedule, key_of_a1, sizeof(key_of_a1));
	assert_memory_equal(schedule, key_of_a1, sizeof(key_of_a1));
	assert_word(schedule, 4, 0xa0fafe17);
	assert_word(schedule, 10, 0x5935807a);
	assert_word(schedule, 40, 0xd014f9a8);
	assert_word(schedule, 43, 0xb6630ca6);

	aes_schedule_for_encryption(schedule, key_of_a2, sizeof(key_of_a2));
	assert_memory_equal(schedule, key_of_a2, sizeof(key_of_a2));
	assert_word(schedule, 6, 0xfe0c91f7);
	assert_word(schedule, 51, 0x01002202);

	aes_schedule_for_encryption(schedule, key_of_a3, sizeof(key_of_a3));
	assert_memory_equal(schedule, key_of_a3, sizeof(key_of_a3));
	assert_word(schedule, 8, 0x9ba35411);
	assert_word(schedule, 12, 0xa8b09c1a);
	assert_word(schedule, 59, 0x706c631e);
}

/* The round keys of the equivalent inverse cipher ("ik_sch") in appendix C. */
static void test_decryption(void **state)
{
	uint8_t schedule[AES_MAX_SCHEDULE], key[AES_MAX_KEY];
	size_t i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = i;

	aes_schedule_for_decryption(schedule, key, 16);
	assert_word(schedule, 0, 0x13111d7f);
	assert_word(schedule, 4, 0x13aa29be);
	assert_word(schedule, 5, 0x9c8faff6);
	assert_word(schedule, 36, 0x8c56dff0);
	assert_memory_equal(schedule + 160, key, 16);

	aes_schedule_for_decryption(schedule, key, 24);
	assert_word(schedule, 0, 0xa4970a33);
	assert_word(schedule, 4, 0xd6bebd0d);
	assert_memory_equal(schedule + 192, key, 16);

	aes_schedule_for_decryption(schedule, key, 32);
	assert_word(schedule, 0, 0x24fc79cc);
	assert_word(schedule, 4, 0x34f1d1ff);
	assert_memory_equal(schedule + 224, key, 16);
}

struct found {
	unsigned int count;
	struct aes_schedule last;
};

static void keep(const struct aes_schedule *schedule, void *context)
{
	struct found *found = context;

	found->count++;
	found->last = *schedule;
}

static struct found find(const uint8_t *memory, size_t size)
{
	struct found found = {};

	aes_schedule_find(memory, size, keep, &found);
	return found;
}

static void fill(uint8_t *bytes, size_t size)
{
	while (size--)
		*bytes++ = random();
}

static void make_schedule(uint8_t *schedule, const uint8_t *key,
			  size_t key_size, bool decryption)
{
	if (decryption)
		aes_schedule_for_decryption(schedule, key, key_size);
	else
		aes_schedule_for_encryption(schedule, key, key_size);
}

/* Every kind at every alignment, between zeros and between random bytes. */
static void assert_found_anywhere(size_t key_size, bool decryption, bool noise)
{
	uint8_t memory[1024] = {}, key[AES_MAX_KEY], before[sizeof(memory)];
	size_t size = aes_schedule_size(key_size), at;

	fill(key, sizeof(key));
	if (noise)
		fill(memory, sizeof(memory));
	memcpy(before, memory, sizeof(memory));
	for (at = 0; at + size <= sizeof(memory); at++) {
		struct found found;

		make_schedule(memory + at, key, key_size, decryption);
		found = find(memory, sizeof(memory));
		assert_int_equal(found.count, 1);
		assert_int_equal(found.last.at, at);
		assert_int_equal(found.last.size, size);
		assert_int_equal(found.last.key_size, key_size);
		assert_memory_equal(found.last.key, key, key_size);
		memcpy(memory + at, before + at, size);
	}
}

static void test_found_anywhere(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(key_sizes); i++) {
		assert_found_anywhere(key_sizes[i], false, false);
		assert_found_anywhere(key_sizes[i], false, true);
		assert_found_anywhere(key_sizes[i], true, false);
		assert_found_anywhere(key_sizes[i], true, true);
	}
}

/* Keys in tests often have bytes that are equal or zero. */
static void test_odd_keys(void **state)
{
	uint8_t memory[AES_MAX_SCHEDULE], key[AES_MAX_KEY] = {};
	size_t i, kind;

	for (kind = 0; kind < 2 * ARRAY_SIZE(key_sizes); kind++) {
		size_t key_size = key_sizes[kind / 2];
		size_t size = aes_schedule_size(key_size);

		for (i = 0; i < 256; i += 51) {
			memset(key, i, sizeof(key));
			make_schedule(memory, key, key_size, kind % 2);
			assert_int_equal(find(memory, size).count, 1);
		}
	}
}

static void test_damaged(void **state)
{
	uint8_t memory[AES_MAX_SCHEDULE], key[AES_MAX_KEY];
	size_t kind, at;

	fill(key, sizeof(key));
	for (kind = 0; kind < 2 * ARRAY_SIZE(key_sizes); kind++) {
		size_t key_size = key_sizes[kind / 2];
		size_t size = aes_schedule_size(key_size);

		make_schedule(memory, key, key_size, kind % 2);
		assert_int_equal(find(memory, size - 1).count, 0);
		assert_int_equal(find(memory + 1, size - 1).count, 0);
		for (at = 0; at < size; at++) {
			memory[at] ^= 1;
			assert_int_equal(find(memory, size).count, 0);
			memory[at] ^= 1;
		}
	}
}

static void test_nothing(void **state)
{
	size_t size = 1 << 20;
	uint8_t *memory = calloc(1, size);
	size_t i;

	assert_int_equal(find(memory, 0).count, 0);
	for (i = 0; i < 256; i += 85) {
		memset(memory, i, size);
		assert_int_equal(find(memory, size).count, 0);
	}
	fill(memory, size);
	assert_int_equal(find(memory, size).count, 0);
	for (i = 0; i < size; i++)
		memory[i] = i / 4;
	assert_int_equal(find(memory, size).count, 0);
	free(memory);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encryption),
		cmocka_unit_test(test_decryption),
		cmocka_unit_test(test_found_anywhere),
		cmocka_unit_test(test_odd_keys),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests_name("aes_schedule", tests, NULL, NULL);
}
