// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <sys/mman.h>

#include "module/hide.h"
#include "module/patterns.h"
#include "tests/unit/kernel_aes.h"
#include "tests/unit/scratch.h"

#define PAGE	      PATTERNS_PAGE_SIZE
#define BUDGET	      (64 * 1024 - HIDE_MAX_RECORDS)
#define SMALLEST      4 /* bytes: fewer bytes of a key are not found */
#define NO_SUCH_PAGES 200

static struct area *area;
static struct patterns *patterns;
/* Between two pages that cannot be accessed. */
static u8 *page;

static void fill(void *bytes, size_t size)
{
	u8 *byte = bytes;

	while (size--)
		*byte++ = random();
}

static int set_up(void **state)
{
	u8 *pages = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	assert_ptr_not_equal(pages, MAP_FAILED);
	page = pages + PAGE;
	assert_int_equal(mprotect(page, PAGE, PROT_READ | PROT_WRITE), 0);
	srandom(1);
	area = malloc(AREA_MAX_SIZE);
	area_init(area);
	patterns = NULL;
	return 0;
}

static int tear_down(void **state)
{
	munmap(page - PAGE, 3 * PAGE);
	free(area);
	free(patterns);
	return 0;
}

/* Returns the key. */
static const u8 *add_key(size_t length)
{
	u32 count = le32_to_cpu(area->key_count);
	u8 key[AREA_MAX_KEY];

	fill(key, length);
	assert_int_equal(area_add_key(area, "a key", 5, key, length,
				      count % 2 ? AREA_KEY_HIDE_ONLY : 0),
			 0);
	return area->keys[count].key;
}

static int make_patterns(void)
{
	patterns = calloc(1, patterns_size(area));
	return patterns_init(patterns, area);
}

static bool match(void)
{
	return patterns_match(patterns, page);
}

/* Search a page of random bytes with a part of @object at @start. */
static bool finds(const u8 *object, size_t first, size_t end, size_t start)
{
	bool found;

	fill(page, PAGE);
	memcpy(page + start, object + first, end - first);
	found = match();
	/* Nothing else in the page was found. */
	memset(page + start, 0, end - first);
	assert_false(match());
	return found;
}

static void assert_found(const u8 *object, size_t size)
{
	size_t part, start;

	for (start = 0; start <= 96; start++) {
		if (!finds(object, 0, size, start))
			fail_msg("at %zu", start);
		if (!finds(object, 0, size, PAGE - size - start))
			fail_msg("%zu before the end", start);
	}
	for (part = 1; part < size; part++) {
		if (finds(object, 0, part, PAGE - part) != (part >= SMALLEST))
			fail_msg("the first %zu of %zu bytes", part, size);
		if (finds(object, size - part, size, 0) != (part >= SMALLEST))
			fail_msg("the last %zu of %zu bytes", part, size);
	}
}

static void assert_cipher_key_found(const u8 *key, size_t length)
{
	struct crypto_aes_ctx expanded;
	size_t size = (7 + length / 4) * 16;

	assert_found(key, length);
	if (aes_expandkey(&expanded, key, length))
		return;
	assert_found((u8 *)expanded.key_enc, size);
	assert_found((u8 *)expanded.key_dec, size);
}

static void assert_nothing_found(void)
{
	int i;

	for (i = 0; i < NO_SUCH_PAGES; i++) {
		fill(page, PAGE);
		assert_false(match());
	}
	memset(page, 0, PAGE);
	assert_false(match());
	memset(page, 0xff, PAGE);
	assert_false(match());
}

/* kernel_aes.c expands the example key of FIPS-197. */
static void test_expansion(void **state)
{
	static const u8 key[32] = {
		0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe,
		0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81,
		0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7,
		0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4,
	};
	static const u8 last_word[4] = { 0x70, 0x6c, 0x63, 0x1e };
	struct crypto_aes_ctx expanded;

	assert_int_equal(aes_expandkey(&expanded, key, sizeof(key)), 0);
	assert_memory_equal(&expanded.key_enc[59], last_word, 4);
	assert_memory_equal(&expanded.key_dec[3], last_word, 4);
	assert_memory_equal(&expanded.key_dec[56], key, 16);
}

static void test_xts_512(void **state)
{
	const u8 *key = add_key(64);

	assert_int_equal(make_patterns(), 0);
	assert_cipher_key_found(key, 32);
	assert_cipher_key_found(key + 32, 32);
	assert_found(key, 64);
	assert_nothing_found();
}

/* A key of this length may be for XTS or for CBC. */
static void test_256_bits(void **state)
{
	const u8 *key = add_key(32);

	assert_int_equal(make_patterns(), 0);
	assert_cipher_key_found(key, 16);
	assert_cipher_key_found(key + 16, 16);
	assert_cipher_key_found(key, 32);
	assert_nothing_found();
}

static void test_other_lengths(void **state)
{
	static const size_t lengths[] = { 16, 24, 48, 128, 256, 17, 33, 255 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		const u8 *key;

		area_init(area);
		free(patterns);
		key = add_key(lengths[i]);
		assert_int_equal(make_patterns(), 0);
		assert_cipher_key_found(key, lengths[i]);
		if (lengths[i] >= 32 && lengths[i] % 2 == 0) {
			assert_cipher_key_found(key, lengths[i] / 2);
			assert_cipher_key_found(key + lengths[i] / 2,
						lengths[i] / 2);
		}
		assert_nothing_found();
	}
}

static void test_mixed_lengths(void **state)
{
	const u8 *first = add_key(64), *second = add_key(16);

	assert_int_equal(make_patterns(), 0);
	assert_cipher_key_found(first, 32);
	assert_cipher_key_found(first + 32, 32);
	assert_cipher_key_found(second, 16);
	assert_nothing_found();
}

static void check_many(unsigned int count, size_t length)
{
	unsigned int i;

	area_init(area);
	free(patterns);
	for (i = 0; i < count; i++)
		add_key(length);
	assert_in_range(patterns_size(area), 1, BUDGET);
	assert_int_equal(make_patterns(), 0);
	assert_nothing_found();
	for (i = 0; i < count; i += count - 1)
		assert_cipher_key_found(area->keys[i].key + length / 2,
					length / 2);
}

static void test_many_keys(void **state)
{
	check_many(AREA_MAX_KEYS, 64);
	check_many(AREA_MAX_KEYS, 32);
	check_many(AREA_MAX_KEYS, 256);
	check_many(32, 64);
}

/* XSAVE writes the halves of vector registers to places of their own. */
static void test_halves(void **state)
{
	const u8 *key = add_key(64);
	size_t half, start;

	assert_int_equal(make_patterns(), 0);
	for (half = 0; half < 64; half += 16)
		for (start = 0; start <= PAGE - 16; start++)
			if (!finds(key, half, half + 16, start))
				fail_msg("%zu at %zu", half, start);
}

/* A key may contain zeros, like most memory. */
static void test_zeros(void **state)
{
	const u8 *key = add_key(64);
	size_t start;

	memset((u8 *)key + 4, 0, 11);
	assert_int_equal(make_patterns(), 0);
	memset(page, 0, PAGE);
	assert_false(match());
	for (start = 0; start <= PAGE - 32; start++) {
		memset(page, 0, PAGE);
		memcpy(page + start, key, 32);
		assert_true(match());
	}
}

/* A page with a similar key, such as that of another volume, is not hidden. */
static void test_one_wrong_byte(void **state)
{
	const u8 *key = add_key(64);
	size_t start, wrong;

	assert_int_equal(make_patterns(), 0);
	for (start = 100; start < 100 + 24; start++) {
		for (wrong = 0; wrong < 32; wrong++) {
			fill(page, PAGE);
			memcpy(page + start, key, 32);
			page[start + wrong] ^= 0x10;
			page[start + (wrong ^ 16)] ^= 0x10;
			assert_false(match());
		}
	}
}

static void test_short_key(void **state)
{
	add_key(64);
	add_key(15);
	assert_int_equal(make_patterns(), -EINVAL);
}

#define patterns_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expansion),
		patterns_test(test_xts_512),
		patterns_test(test_256_bits),
		patterns_test(test_other_lengths),
		patterns_test(test_mixed_lengths),
		patterns_test(test_many_keys),
		patterns_test(test_halves),
		patterns_test(test_zeros),
		patterns_test(test_one_wrong_byte),
		patterns_test(test_short_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
