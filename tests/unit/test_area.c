// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>

#include "module/area.h"
#include "tests/unit/scratch.h"

#define DESCRIPTION "cryptsetup:5c2d5b5e-9d51-4fd6-9c5c-1f6e0c3f2a11"
#define KEY_SIZE    64

static struct area *area;
static u8 key[AREA_MAX_KEY + 1];

static int set_up(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = i % 255 + 1;
	area = malloc(AREA_MAX_SIZE);
	/* Earlier contents must not matter. */
	memset(area, 0xa5, AREA_MAX_SIZE);
	area_init(area);
	return 0;
}

static int tear_down(void **state)
{
	free(area);
	return 0;
}

static void add(const char *description, size_t key_length)
{
	assert_int_equal(area_add_key(area, description, strlen(description),
				      key, key_length, 0),
			 0);
}

static void make_small_area(void)
{
	add(DESCRIPTION, KEY_SIZE);
	area_seal(area);
	assert_int_equal(area_check(area, area_size(area)), 0);
}

/* Check exactly @available bytes. ASan reports a read of the next one. */
static int check_first(size_t available)
{
	struct area *copy = malloc(available);
	int ret;

	memcpy(copy, area, available);
	ret = area_check(copy, available);
	free(copy);
	return ret;
}

/*
 * Forge the area as someone could who knows the format: with the right digest
 * of all that it claims to contain, as far as there is memory for it.
 */
static void make_digest_good(void)
{
	const u8 *start = (const u8 *)&area->version;
	size_t size = area_size(area);

	if (size > AREA_MAX_SIZE)
		size = AREA_MAX_SIZE;
	sha256(start, size - offsetof(struct area, version), area->digest);
}

static void assert_forgery_refused(void)
{
	make_digest_good();
	assert_int_equal(check_first(AREA_MAX_SIZE), -EBADMSG);
}

static void test_round_trip(void **state)
{
	add("first", 32);
	add("second", KEY_SIZE);
	area_seal(area);

	assert_int_equal(check_first(area_size(area)), 0);
	assert_int_equal(le32_to_cpu(area->key_count), 2);
	assert_int_equal(le16_to_cpu(area->keys[0].description_length), 5);
	assert_memory_equal(area->keys[0].description, "first", 5);
	assert_int_equal(le16_to_cpu(area->keys[0].key_length), 32);
	assert_memory_equal(area->keys[0].key, key, 32);
	assert_int_equal(le16_to_cpu(area->keys[1].description_length), 6);
	assert_memory_equal(area->keys[1].description, "second", 6);
	assert_int_equal(le16_to_cpu(area->keys[1].key_length), KEY_SIZE);
	assert_memory_equal(area->keys[1].key, key, KEY_SIZE);
}

/* Another build of the module may read it, so each byte of version 2 counts. */
static void test_layout(void **state)
{
	const u8 *bytes = (const u8 *)area;
	u8 digest[32];

	add("abc", 5);
	area_seal(area);
	assert_int_equal(area_size(area), 56 + 392);
	assert_memory_equal(bytes, "DMCRKEYS", 8);
	sha256(bytes + 40, 56 + 392 - 40, digest);
	assert_memory_equal(bytes + 8, digest, 32);
	assert_memory_equal(bytes + 40, "\2\0\0\0", 4);
	assert_memory_equal(bytes + 44, "\xc0\1\0\0", 4);
	assert_memory_equal(bytes + 48, "\1\0\0\0", 4);
	assert_memory_equal(bytes + 52, "\0\0\0\0", 4);
	assert_memory_equal(bytes + 56, "\3\0\5\0\0\0\0\0abc\0", 12);
	assert_memory_equal(bytes + 56 + 8 + 128, key, 5);
}

static void test_budget(void **state)
{
	assert_in_range(AREA_MAX_SIZE, 1, 64 * 1024);
}

static void test_unused_bytes_are_zero(void **state)
{
	static const u8 zeros[AREA_MAX_KEY];

	make_small_area();
	assert_memory_equal(area->keys[0].description + strlen(DESCRIPTION),
			    zeros, AREA_MAX_DESCRIPTION - strlen(DESCRIPTION));
	assert_memory_equal(area->keys[0].key + KEY_SIZE, zeros,
			    AREA_MAX_KEY - KEY_SIZE);
}

static void test_more_bytes_may_follow(void **state)
{
	make_small_area();
	memset((u8 *)area + area_size(area), 0xff, 100);
	assert_int_equal(check_first(area_size(area) + 100), 0);
}

static void test_number_of_keys(void **state)
{
	char description[32];
	int i;

	for (i = 0; i < AREA_MAX_KEYS; i++) {
		snprintf(description, sizeof(description), "key %d", i);
		add(description, KEY_SIZE);
	}
	/* The allocation ends here. ASan reports a write past the last key. */
	assert_int_equal(area_add_key(area, "one too many", 12, key, KEY_SIZE,
				      0),
			 -ENOSPC);
	area_seal(area);
	assert_int_equal(area_size(area), AREA_MAX_SIZE);
	assert_int_equal(check_first(AREA_MAX_SIZE), 0);
	assert_int_equal(check_first(AREA_MAX_SIZE - 1), -EBADMSG);
	assert_memory_equal(area->keys[127].description, "key 127", 7);
}

static void test_no_keys(void **state)
{
	area_seal(area);
	assert_int_equal(check_first(AREA_MAX_SIZE), -EBADMSG);
}

static void test_description_length(void **state)
{
	char text[129];

	memset(text, 'd', sizeof(text));
	assert_int_equal(area_add_key(area, text, 0, key, 1, 0), -EINVAL);
	assert_int_equal(area_add_key(area, text, 1, key, 1, 0), 0);
	assert_int_equal(area_add_key(area, text, 128, key, 1, 0), 0);
	assert_int_equal(area_add_key(area, text, 129, key, 1, 0), -EINVAL);
	/* Cut to 16 bits this length would be in range. */
	assert_int_equal(area_add_key(area, text, 0x10001, key, 1, 0), -EINVAL);
	assert_int_equal(le32_to_cpu(area->key_count), 2);
	assert_memory_equal(area->keys[1].description, text, 128);
	area_seal(area);
	assert_int_equal(check_first(area_size(area)), 0);
}

static void test_description_with_nul(void **state)
{
	assert_int_equal(area_add_key(area, "a\0b", 3, key, 1, 0), -EINVAL);
	assert_int_equal(area_add_key(area, "a\0", 2, key, 1, 0), -EINVAL);
	assert_int_equal(le32_to_cpu(area->key_count), 0);
}

static void test_key_length(void **state)
{
	assert_int_equal(area_add_key(area, "a", 1, key, 0, 0), -EKEYREJECTED);
	assert_int_equal(area_add_key(area, "a", 1, key, 1, 0), 0);
	assert_int_equal(area_add_key(area, "b", 1, key, 128, 0), 0);
	assert_int_equal(area_add_key(area, "c", 1, key, 129, 0), 0);
	assert_int_equal(area_add_key(area, "d", 1, key, 256, 0), 0);
	assert_int_equal(area_add_key(area, "e", 1, key, 257, 0),
			 -EKEYREJECTED);
	assert_int_equal(area_add_key(area, "e", 1, key, 0x10001, 0),
			 -EKEYREJECTED);
	assert_int_equal(le32_to_cpu(area->key_count), 4);
	assert_memory_equal(area->keys[3].key, key, 256);
	area_seal(area);
	assert_int_equal(check_first(area_size(area)), 0);
}

/* A refused key leaves the area as it was. */
static void test_refused_key_is_not_copied(void **state)
{
	u8 *before = malloc(AREA_MAX_SIZE);

	memcpy(before, area, AREA_MAX_SIZE);
	area_add_key(area, "", 0, key, KEY_SIZE, 0);
	area_add_key(area, "a\0b", 3, key, KEY_SIZE, 0);
	area_add_key(area, "a", 1, key, sizeof(key), 0);
	assert_memory_equal(area, before, AREA_MAX_SIZE);
	free(before);
}

static void test_every_flipped_bit_is_refused(void **state)
{
	size_t bit, size;

	make_small_area();
	size = area_size(area);
	for (bit = 0; bit < size * 8; bit++) {
		u8 *byte = (u8 *)area + bit / 8;

		*byte ^= 1 << bit % 8;
		if (check_first(AREA_MAX_SIZE) != -EBADMSG)
			fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
		*byte ^= 1 << bit % 8;
	}
	assert_int_equal(check_first(size), 0);
}

static void test_every_truncation_is_refused(void **state)
{
	size_t available;

	add("first", KEY_SIZE);
	add("second", KEY_SIZE);
	area_seal(area);
	for (available = 0; available < area_size(area); available++)
		if (check_first(available) != -EBADMSG)
			fail_msg("%zu bytes", available);
}

/* The tests below show nothing unless make_digest_good() works. */
static void test_forged_digest_is_good(void **state)
{
	make_small_area();
	area->keys[0].key[0] ^= 1;
	assert_int_equal(check_first(AREA_MAX_SIZE), -EBADMSG);
	make_digest_good();
	assert_int_equal(check_first(AREA_MAX_SIZE), 0);
}

static void test_forged_version(void **state)
{
	static const u32 versions[] = { 0, 1, 3, 0x102, 0x01000000, UINT32_MAX };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		area_init(area);
		make_small_area();
		area->version = cpu_to_le32(versions[i]);
		assert_int_equal(area_check_header(area), -EBADMSG);
		assert_forgery_refused();
	}
}

static void test_forged_magic(void **state)
{
	make_small_area();
	area->magic[7] = 's';
	assert_int_equal(area_check_header(area), -EBADMSG);
	assert_forgery_refused();
}

static void test_forged_reserved(void **state)
{
	make_small_area();
	area->reserved = cpu_to_le32(0x80000000);
	assert_int_equal(area_check_header(area), -EBADMSG);
	assert_forgery_refused();
}

/* Its product with an entry's size is small again in 32 bits. */
#define WRAPPING_COUNT (UINT32_MAX / sizeof(struct area_key) + 1)

static void test_forged_count(void **state)
{
	static const u32 counts[] = { 0,	  2,	     128,
				      129,	  0x10001,   WRAPPING_COUNT,
				      0x80000000, UINT32_MAX };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		area_init(area);
		make_small_area();
		area->key_count = cpu_to_le32(counts[i]);
		assert_forgery_refused();

		/* The same with the length that belongs to this count. */
		area->length = cpu_to_le32(sizeof(*area) +
					   counts[i] * sizeof(area->keys[0]));
		assert_forgery_refused();
	}
}

/* 129 good keys, as an area without the limit would hold them. */
static void test_forged_area_of_129_keys(void **state)
{
	size_t size = AREA_MAX_SIZE + sizeof(area->keys[0]);
	int i;

	area = realloc(area, size);
	for (i = 0; i < AREA_MAX_KEYS; i++)
		add("a key", KEY_SIZE);
	area->keys[128] = area->keys[127];
	area->key_count = cpu_to_le32(129);
	area_seal(area);
	assert_int_equal(check_first(size), -EBADMSG);
}

static void test_forged_length(void **state)
{
	static const u32 lengths[] = {
		0,	    1,	       55, 56, 56 + 391, 56 + 393, 56 + 2 * 392,
		0x80000000, UINT32_MAX
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		area_init(area);
		make_small_area();
		area->length = cpu_to_le32(lengths[i]);
		assert_int_equal(area_check_header(area), -EBADMSG);
		assert_forgery_refused();
	}
}

static void test_forged_key_length(void **state)
{
	static const u16 lengths[] = { 0, 257, 0x8000, UINT16_MAX };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		area_init(area);
		make_small_area();
		area->keys[0].key_length = cpu_to_le16(lengths[i]);
		assert_forgery_refused();
	}
}

static void test_flags(void **state)
{
	assert_int_equal(area_add_key(area, "a", 1, key, KEY_SIZE,
				      AREA_KEY_HIDE_ONLY),
			 0);
	assert_int_equal(area_add_key(area, "b", 1, key, KEY_SIZE, 0), 0);
	area_seal(area);
	assert_int_equal(check_first(area_size(area)), 0);
	assert_true(area_key_is_hide_only(&area->keys[0]));
	assert_false(area_key_is_hide_only(&area->keys[1]));
}

static void test_forged_flags(void **state)
{
	static const u32 flags[] = { 2, 3, 0x100, 0x80000000, UINT32_MAX };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		area_init(area);
		make_small_area();
		area->keys[0].flags = cpu_to_le32(flags[i]);
		assert_forgery_refused();
	}
}

static void test_forged_description_length(void **state)
{
	static const u16 lengths[] = { 0, 129, 0x8000, UINT16_MAX };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		area_init(area);
		make_small_area();
		memset(area->keys[0].description, 'd', AREA_MAX_DESCRIPTION);
		area->keys[0].description_length = cpu_to_le16(lengths[i]);
		assert_forgery_refused();
	}
}

static void test_forged_description_with_nul(void **state)
{
	make_small_area();
	area->keys[0].description[3] = '\0';
	assert_forgery_refused();
}

/* Every entry is validated, not only the first one. */
static void test_forged_last_entry(void **state)
{
	add("first", KEY_SIZE);
	add("second", KEY_SIZE);
	add("third", KEY_SIZE);
	area->keys[2].key_length = 0;
	area_seal(area);
	assert_int_equal(check_first(area_size(area)), -EBADMSG);
}

#define area_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void test_remove_key(void **state)
{
	struct area *other = malloc(AREA_MAX_SIZE);

	add("first", 32);
	add(DESCRIPTION, KEY_SIZE);
	add("third", 16);
	add(DESCRIPTION, 32);
	assert_int_equal(area_remove_key(area, "firs", 4), 0);
	assert_false(area_has_key(area, "firs", 4));
	assert_true(area_has_key(area, "third", 5));
	assert_true(area_has_key(area, DESCRIPTION, strlen(DESCRIPTION)));
	assert_int_equal(area_remove_key(area, DESCRIPTION,
					 strlen(DESCRIPTION)),
			 2);
	assert_false(area_has_key(area, DESCRIPTION, strlen(DESCRIPTION)));
	assert_true(area_has_key(area, "third", 5));
	area_seal(area);
	assert_int_equal(check_first(area_size(area)), 0);

	/* No trace is left, neither between nor behind the others. */
	area_init(other);
	assert_int_equal(area_add_key(other, "first", 5, key, 32, 0), 0);
	assert_int_equal(area_add_key(other, "third", 5, key, 16, 0), 0);
	area_seal(other);
	assert_memory_equal(area, other, AREA_MAX_SIZE);
	free(other);

	assert_int_equal(area_remove_key(area, "first", 5), 1);
	assert_int_equal(area_remove_key(area, "third", 5), 1);
	assert_int_equal(le32_to_cpu(area->key_count), 0);
	assert_int_equal(area_remove_key(area, "third", 5), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		area_test(test_round_trip),
		area_test(test_layout),
		area_test(test_budget),
		area_test(test_unused_bytes_are_zero),
		area_test(test_more_bytes_may_follow),
		area_test(test_number_of_keys),
		area_test(test_no_keys),
		area_test(test_description_length),
		area_test(test_description_with_nul),
		area_test(test_key_length),
		area_test(test_refused_key_is_not_copied),
		area_test(test_every_flipped_bit_is_refused),
		area_test(test_every_truncation_is_refused),
		area_test(test_forged_digest_is_good),
		area_test(test_forged_version),
		area_test(test_forged_magic),
		area_test(test_forged_reserved),
		area_test(test_flags),
		area_test(test_forged_flags),
		area_test(test_forged_count),
		area_test(test_forged_area_of_129_keys),
		area_test(test_forged_length),
		area_test(test_forged_key_length),
		area_test(test_forged_description_length),
		area_test(test_forged_description_with_nul),
		area_test(test_forged_last_entry),
		area_test(test_remove_key),
	};

	return cmocka_run_group_tests_name("area", tests, NULL, NULL);
}
