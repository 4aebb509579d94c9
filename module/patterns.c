// SPDX-License-Identifier: GPL-2.0
#include "patterns.h"

#ifdef __KERNEL__
#include <asm/byteorder.h>
#include <crypto/aes.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>
#else
#include "kernel_aes.h"
#endif

#define WORD	       sizeof(u64)
#define WIDE_STRIDE    24 /* if every cipher key has 32 bytes or more */
#define NARROW_STRIDE  8
#define MAX_ANCHORS    10 /* of one volume key: 5 of each half */
#define MAX_SLOTS_BITS 14 /* 32 KiB of slots */
#define SLOTS_PER_WORD 16 /* up to MAX_SLOTS_BITS: most are empty */

struct patterns {
	unsigned int stride;
	unsigned int anchor_size;
	unsigned int anchor_count;
	unsigned int slots_shift; /* hash to number of slot */
	u16 *slots;		  /* each is 0, or 1 + a word's number */
	u8 anchors[];
};

/* The words of an anchor overlap: one begins at every byte. */
static unsigned int words_per_anchor(unsigned int stride)
{
	return stride + 1;
}

static bool has_halves(size_t length)
{
	return length >= 2 * PATTERNS_MIN_KEY && length % 2 == 0;
}

static bool is_aes_key(size_t length)
{
	return length == AES_KEYSIZE_128 || length == AES_KEYSIZE_192 ||
	       length == AES_KEYSIZE_256;
}

static size_t shortest_cipher_key(size_t length)
{
	return has_halves(length) ? length / 2 : length;
}

static unsigned int choose_stride(const struct area *area)
{
	u32 i, count = le32_to_cpu(area->key_count);

	if (count * MAX_ANCHORS * words_per_anchor(WIDE_STRIDE) >
	    1U << (MAX_SLOTS_BITS - 1))
		return NARROW_STRIDE;
	for (i = 0; i < count; i++)
		if (shortest_cipher_key(le16_to_cpu(area->keys[i].key_length)) <
		    WIDE_STRIDE + WORD)
			return NARROW_STRIDE;
	return WIDE_STRIDE;
}

/*
 * With the narrow stride an anchor is as long as an AES block. Then all anchors
 * of an expanded key but that of the last round are also anchors of the key.
 */
static unsigned int max_anchors(const struct area *area, unsigned int stride)
{
	return le32_to_cpu(area->key_count) *
	       (stride == WIDE_STRIDE ? MAX_ANCHORS : MAX_ANCHORS / 2 + 1);
}

static unsigned int slots_bits(unsigned int words)
{
	return min_t(unsigned int, ilog2(words * SLOTS_PER_WORD) + 1,
		     MAX_SLOTS_BITS);
}

static size_t anchors_size(const struct area *area, unsigned int stride)
{
	return max_anchors(area, stride) * (stride + WORD);
}

size_t patterns_size(const struct area *area)
{
	unsigned int stride = choose_stride(area);
	unsigned int words =
		max_anchors(area, stride) * words_per_anchor(stride);

	return sizeof(struct patterns) + anchors_size(area, stride) +
	       (sizeof(u16) << slots_bits(words));
}

static u64 word_at(const u8 *bytes)
{
	u64 word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static unsigned int first_slot(const struct patterns *patterns, u64 word)
{
	return word * 0x9e3779b97f4a7c15ULL >> patterns->slots_shift;
}

static unsigned int next_slot(const struct patterns *patterns,
			      unsigned int slot)
{
	return (slot + 1) & ((1U << (64 - patterns->slots_shift)) - 1);
}

static void add_word(struct patterns *patterns, const u8 *bytes,
		     unsigned int number)
{
	unsigned int slot = first_slot(patterns, word_at(bytes));

	while (patterns->slots[slot])
		slot = next_slot(patterns, slot);
	patterns->slots[slot] = 1 + number;
}

static void add_anchor(struct patterns *patterns, const u8 *bytes)
{
	unsigned int words = words_per_anchor(patterns->stride);
	unsigned int size = patterns->anchor_size, i;
	u8 *anchor = patterns->anchors;

	for (i = 0; i < patterns->anchor_count; i++, anchor += size)
		if (!memcmp(anchor, bytes, size))
			return;

	memcpy(anchor, bytes, size);
	for (i = 0; i < words; i++)
		add_word(patterns, anchor + i,
			 patterns->anchor_count * words + i);
	patterns->anchor_count++;
}

static void add_ends(struct patterns *patterns, const void *start, size_t size)
{
	add_anchor(patterns, start);
	add_anchor(patterns, (const u8 *)start + size - patterns->anchor_size);
}

static void add_cipher_key(struct patterns *patterns, const u8 *key,
			   size_t length)
{
	struct crypto_aes_ctx expanded;
	size_t size = (7 + length / 4) * AES_BLOCK_SIZE;

	add_ends(patterns, key, length);
	if (is_aes_key(length) && !aes_expandkey(&expanded, key, length)) {
		add_ends(patterns, expanded.key_enc, size);
		add_ends(patterns, expanded.key_dec, size);
	}
	memzero_explicit(&expanded, sizeof(expanded));
}

static void add_volume_key(struct patterns *patterns, const u8 *key,
			   size_t length)
{
	if (has_halves(length)) {
		add_cipher_key(patterns, key, length / 2);
		add_cipher_key(patterns, key + length / 2, length / 2);
	}
	if (is_aes_key(length) || !has_halves(length))
		add_cipher_key(patterns, key, length);
}

int patterns_init(struct patterns *patterns, const struct area *area)
{
	unsigned int stride = choose_stride(area);
	unsigned int words =
		max_anchors(area, stride) * words_per_anchor(stride);
	u32 i;

	patterns->stride = stride;
	patterns->anchor_size = stride + WORD;
	patterns->slots_shift = 64 - slots_bits(words);
	patterns->slots =
		(u16 *)(patterns->anchors + anchors_size(area, stride));
	for (i = 0; i < le32_to_cpu(area->key_count); i++) {
		u16 length = le16_to_cpu(area->keys[i].key_length);

		if (length < PATTERNS_MIN_KEY)
			return -EINVAL;
		add_volume_key(patterns, area->keys[i].key, length);
	}
	return 0;
}

/* Compare the part of an anchor that lies in the page if it begins at @start. */
static bool anchor_matches(const struct patterns *patterns, const u8 *anchor,
			   const u8 *page, int start)
{
	int first = max(start, 0);
	int end = min_t(int, start + patterns->anchor_size, PATTERNS_PAGE_SIZE);

	return !memcmp(page + first, anchor + (first - start), end - first);
}

static bool word_matches(const struct patterns *patterns, const u8 *page,
			 unsigned int at, unsigned int slot)
{
	unsigned int words = words_per_anchor(patterns->stride);

	for (; patterns->slots[slot]; slot = next_slot(patterns, slot)) {
		unsigned int number = patterns->slots[slot] - 1;
		const u8 *anchor = patterns->anchors +
				   number / words * patterns->anchor_size;

		if (anchor_matches(patterns, anchor, page,
				   (int)at - (int)(number % words)))
			return true;
	}
	return false;
}

static bool matches_at(const struct patterns *patterns, const u8 *page,
		       unsigned int at)
{
	unsigned int slot = first_slot(patterns, *(const u64 *)(page + at));

	return patterns->slots[slot] && word_matches(patterns, page, at, slot);
}

/*
 * Look at four words at once. Most memory is zeros, and no word of a key is
 * zero. Of the other words few hash to a slot in use.
 */
static bool may_match(const struct patterns *patterns, const u64 *words,
		      unsigned int step)
{
	u64 first = words[0], second = words[step];
	u64 third = words[2 * step], fourth = words[3 * step];
	const u16 *slots = patterns->slots;

	return (first | second | third | fourth) &&
	       (slots[first_slot(patterns, first)] |
		slots[first_slot(patterns, second)] |
		slots[first_slot(patterns, third)] |
		slots[first_slot(patterns, fourth)]);
}

/* Inlined for each stride, so that it is a constant. */
static __always_inline bool search(const struct patterns *patterns,
				   const void *page, const unsigned int stride)
{
	const unsigned int last = PATTERNS_PAGE_SIZE - WORD;
	unsigned int at, i;

	for (at = 0; at + 3 * stride <= last; at += 4 * stride) {
		if (!may_match(patterns, page + at, stride / WORD))
			continue;
		for (i = 0; i < 4; i++)
			if (matches_at(patterns, page, at + i * stride))
				return true;
	}
	for (; at < last; at += stride)
		if (matches_at(patterns, page, at))
			return true;
	/* An anchor that begins near the end may have no word at the stride. */
	return matches_at(patterns, page, last);
}

bool patterns_match(const struct patterns *patterns, const void *page)
{
	return patterns->stride == WIDE_STRIDE ?
		       search(patterns, page, WIDE_STRIDE) :
		       search(patterns, page, NARROW_STRIDE);
}
