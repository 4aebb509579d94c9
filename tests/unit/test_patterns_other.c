// SPDX-License-Identifier: GPL-2.0-or-later
/* What the module searches for on arm64 or ppc64el only. */
#include <stdlib.h>

#include "tests/unit/scratch.h"

#define CONFIG_ARM64
#define CONFIG_PPC64
#include "module/patterns.c"

#define PAGE	      PATTERNS_PAGE_SIZE
#define VECTOR	      16
#define ROUND	      (8 * VECTOR) /* bytes: eight blocks together */
#define ROUNDS(bytes) ((bytes) / 4 + 6)
#define MAX_OBJECT    (2 * VECTOR + 13 * ROUND)
#define SMALLEST      4 /* bytes: fewer bytes of a key are not found */

static u8 page[PAGE] __attribute__((aligned(PAGE)));

/*
 * As aesbs_convert_key() of the kernel makes it: round key 0, for each of the
 * others but the last a vector for each bit, the last round key. The vectors in
 * between are not searched for, so here they are anything.
 */
static size_t convert_key(u8 *object, const u8 *key, size_t length)
{
	size_t size = 2 * VECTOR + (ROUNDS(length) - 1) * ROUND, i;
	struct crypto_aes_ctx expanded;

	assert_int_equal(aes_expandkey(&expanded, key, length), 0);
	for (i = 0; i < size; i++)
		object[i] = random();
	memcpy(object, expanded.key_enc, VECTOR);
	memcpy(object + size - VECTOR, expanded.key_enc + ROUNDS(length) * 4,
	       VECTOR);
	for (i = size - VECTOR; i < size; i++)
		object[i] ^= 0x63;
	return size;
}

static struct patterns *make_patterns(const u8 *key, size_t length)
{
	struct area *area = malloc(AREA_MAX_SIZE);
	struct patterns *patterns;

	area_init(area);
	assert_int_equal(area_add_key(area, "a key", 5, key, length, 0), 0);
	patterns = calloc(1, patterns_size(area));
	assert_int_equal(patterns_init(patterns, area), 0);
	free(area);
	return patterns;
}

static bool finds(const struct patterns *patterns, const u8 *part, size_t size,
		  size_t start)
{
	size_t i;

	for (i = 0; i < PAGE; i++)
		page[i] = random();
	assert_false(patterns_match(patterns, page));
	memcpy(page + start, part, size);
	return patterns_match(patterns, page);
}

static void assert_found(const struct patterns *patterns, const u8 *object,
			 size_t size)
{
	size_t part;

	for (part = 1; part < size; part++) {
		assert_int_equal(finds(patterns, object, part, PAGE - part),
				 part >= SMALLEST);
		assert_int_equal(finds(patterns, object + size - part, part, 0),
				 part >= SMALLEST);
	}
}

/* As the code for POWER's vectors makes it. */
static size_t reverse_round_keys(u8 *object, const u8 *key, size_t length)
{
	size_t size = (ROUNDS(length) + 1) * VECTOR, i;
	struct crypto_aes_ctx expanded;

	assert_int_equal(aes_expandkey(&expanded, key, length), 0);
	for (i = 0; i < size; i++)
		object[i] = ((u8 *)expanded.key_enc)[i ^ (VECTOR - 1)];
	return size;
}

/* For decryption, the round keys are in the opposite order. */
static size_t reverse_all(u8 *object, const u8 *key, size_t length)
{
	u8 forward[MAX_OBJECT];
	size_t size = reverse_round_keys(forward, key, length), i;

	for (i = 0; i < size; i += VECTOR)
		memcpy(object + i, forward + size - VECTOR - i, VECTOR);
	return size;
}

static void check(size_t (*expand)(u8 *object, const u8 *key, size_t length))
{
	static const size_t lengths[] = { 16, 24, 32 };
	u8 key[64], object[MAX_OBJECT];
	size_t i;

	srandom(1);
	for (i = 0; i < sizeof(key); i++)
		key[i] = random();
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		/* Of an XTS key, which is two. */
		struct patterns *patterns = make_patterns(key, 2 * lengths[i]);

		assert_found(patterns, object, expand(object, key, lengths[i]));
		assert_found(patterns, object,
			     expand(object, key + lengths[i], lengths[i]));
		free(patterns);
	}
}

static void test_bit_sliced(void **state)
{
	check(convert_key);
}

static void test_reversed(void **state)
{
	check(reverse_round_keys);
	check(reverse_all);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bit_sliced),
		cmocka_unit_test(test_reversed),
	};

	return cmocka_run_group_tests_name("patterns_other", tests, NULL, NULL);
}
