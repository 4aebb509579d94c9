// SPDX-License-Identifier: GPL-2.0
#include "patterns.h"

#ifdef __KERNEL__
#include <asm/byteorder.h>
#include <crypto/aes.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>
#else
#include "kernel_aes.h"
#endif

#define WORD	       sizeof(u32)
#define STRIDE	       12
#define ANCHOR	       16 /* bytes: contains a whole word at the stride */
#define ANCHOR_WORDS   13 /* they overlap: one begins at every byte */
#define MAX_SLOTS_BITS 14 /* 32 KiB of slots */
#define SLOTS_PER_WORD 64 /* up to MAX_SLOTS_BITS: most are empty */
#define GROUP	       9  /* words that are looked at together */

/*
 * arm64's code for processors without AES instructions keeps the bits of eight
 * blocks together. Its expanded key begins with the round key 0 and ends with
 * the last round key, combined with this byte.
 */
#ifdef CONFIG_ARM64
#define HAS_BIT_SLICED_KEYS true
#else
#define HAS_BIT_SLICED_KEYS false
#endif
#define BIT_SLICED_END 0x63

/*
 * The code for POWER's vector instructions stores each round key as the
 * processor loads it into a register, with the last byte first. The keys for
 * decryption are the same in the opposite order.
 */
#ifdef CONFIG_PPC64
#define HAS_REVERSED_KEYS true
#else
#define HAS_REVERSED_KEYS false
#endif

/* of one volume key, which may be three cipher keys */
#define MAX_ANCHORS \
	(6 + (HAS_BIT_SLICED_KEYS ? 3 : 0) + (HAS_REVERSED_KEYS ? 5 : 0))

struct patterns {
	unsigned int anchor_count;
	unsigned int slots_shift; /* hash to number of slot */
	bool has_zero;		  /* one of the words is zero */
	u16 *slots;		  /* each is 0, or 1 + a word's number */
	u8 anchors[];
};

static bool has_halves(size_t length)
{
	return length >= 2 * PATTERNS_MIN_KEY && length % 2 == 0;
}

static bool is_aes_key(size_t length)
{
	return length == AES_KEYSIZE_128 || length == AES_KEYSIZE_192 ||
	       length == AES_KEYSIZE_256;
}

static unsigned int max_anchors(const struct area *area)
{
	return le32_to_cpu(area->key_count) * MAX_ANCHORS;
}

static unsigned int slots_bits(const struct area *area)
{
	unsigned int words = max_anchors(area) * ANCHOR_WORDS;

	return min_t(unsigned int, ilog2(words * SLOTS_PER_WORD) + 1,
		     MAX_SLOTS_BITS);
}

size_t patterns_size(const struct area *area)
{
	return sizeof(struct patterns) + max_anchors(area) * ANCHOR +
	       (sizeof(u16) << slots_bits(area));
}

static inline u32 word_at(const u8 *bytes)
{
	u32 word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static unsigned int first_slot(unsigned int slots_shift, u32 word)
{
	return word * 0x9e3779b1U >> slots_shift;
}

static unsigned int next_slot(const struct patterns *patterns,
			      unsigned int slot)
{
	return (slot + 1) & ((1U << (32 - patterns->slots_shift)) - 1);
}

static void add_word(struct patterns *patterns, const u8 *bytes,
		     unsigned int number)
{
	u32 word = word_at(bytes);
	unsigned int slot = first_slot(patterns->slots_shift, word);

	while (patterns->slots[slot])
		slot = next_slot(patterns, slot);
	patterns->slots[slot] = 1 + number;
	if (!word)
		patterns->has_zero = true;
}

static void add_anchor(struct patterns *patterns, const u8 *bytes)
{
	u8 *anchor = patterns->anchors;
	unsigned int i;

	for (i = 0; i < patterns->anchor_count; i++, anchor += ANCHOR)
		if (!memcmp(anchor, bytes, ANCHOR))
			return;

	memcpy(anchor, bytes, ANCHOR);
	for (i = 0; i < ANCHOR_WORDS; i++)
		add_word(patterns, anchor + i,
			 patterns->anchor_count * ANCHOR_WORDS + i);
	patterns->anchor_count++;
}

/*
 * All anchors of an expanded key but that of the last round are also anchors of
 * the key.
 */
static void add_ends(struct patterns *patterns, const void *start, size_t size)
{
	add_anchor(patterns, start);
	add_anchor(patterns, (const u8 *)start + size - ANCHOR);
}

static void add_bit_sliced_end(struct patterns *patterns, const void *last_key)
{
	u8 end[ANCHOR];
	unsigned int i;

	memcpy(end, last_key, sizeof(end));
	for (i = 0; i < sizeof(end); i++)
		end[i] ^= BIT_SLICED_END;
	add_anchor(patterns, end);
	memzero_explicit(end, sizeof(end));
}

static void add_reversed(struct patterns *patterns, const void *round_key)
{
	const u8 *bytes = round_key;
	u8 reversed[ANCHOR];
	unsigned int i;

	for (i = 0; i < sizeof(reversed); i++)
		reversed[i] = bytes[sizeof(reversed) - 1 - i];
	add_anchor(patterns, reversed);
	memzero_explicit(reversed, sizeof(reversed));
}

static void add_cipher_key(struct patterns *patterns, const u8 *key,
			   size_t length)
{
	struct crypto_aes_ctx expanded;
	size_t size = (7 + length / 4) * AES_BLOCK_SIZE;
	const u8 *last = (const u8 *)expanded.key_enc + size - ANCHOR;

	add_ends(patterns, key, length);
	if (is_aes_key(length) && !aes_expandkey(&expanded, key, length)) {
		add_ends(patterns, expanded.key_enc, size);
		add_ends(patterns, expanded.key_dec, size);
		if (HAS_BIT_SLICED_KEYS)
			add_bit_sliced_end(patterns, last);
		if (HAS_REVERSED_KEYS) {
			add_reversed(patterns, key);
			add_reversed(patterns, last);
		}
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
	u32 i;

	patterns->slots_shift = 32 - slots_bits(area);
	patterns->slots =
		(u16 *)(patterns->anchors + max_anchors(area) * ANCHOR);
	for (i = 0; i < le32_to_cpu(area->key_count); i++) {
		u16 length = le16_to_cpu(area->keys[i].key_length);

		if (length < PATTERNS_MIN_KEY)
			return -EINVAL;
		add_volume_key(patterns, area->keys[i].key, length);
	}
	return 0;
}

/* Compare the part of an anchor that lies in the page if it begins at @start. */
static bool anchor_matches(const u8 *anchor, const u8 *page, int start)
{
	int first = max(start, 0);
	int end = min_t(int, start + ANCHOR, PATTERNS_PAGE_SIZE);

	return !memcmp(page + first, anchor + (first - start), end - first);
}

static bool matches_at(const struct patterns *patterns, const u8 *page,
		       unsigned int at)
{
	unsigned int slot =
		first_slot(patterns->slots_shift, word_at(page + at));

	for (; patterns->slots[slot]; slot = next_slot(patterns, slot)) {
		unsigned int number = patterns->slots[slot] - 1;
		const u8 *anchor =
			patterns->anchors + number / ANCHOR_WORDS * ANCHOR;

		if (anchor_matches(anchor, page,
				   (int)at - (int)(number % ANCHOR_WORDS)))
			return true;
	}
	return false;
}

static noinline bool group_matches(const struct patterns *patterns,
				   const u8 *page, unsigned int at)
{
	unsigned int i;

	for (i = 0; i < GROUP; i++)
		if (matches_at(patterns, page, at + i * STRIDE))
			return true;
	return false;
}

static __always_inline bool is_zero(const u32 *words)
{
	unsigned int i;
	u32 any = 0;

	/* Or the compiler loads all words before it looks at the first. */
	OPTIMIZER_HIDE_VAR(words);
#pragma GCC unroll 9
	for (i = 0; i < GROUP; i++)
		any |= words[i * (STRIDE / WORD)];
	return !any;
}

/*
 * Look at some words at once. Most memory is zeros. Of the other words few hash
 * to a slot in use. What this needs is passed in registers, as it is where most
 * of the time goes.
 */
static __always_inline bool may_match(const u32 *words, const u16 *slots,
				      const unsigned int slots_shift,
				      const bool has_zero)
{
	unsigned int used = 0, i;

	if (!words[0] && is_zero(words))
		return has_zero;
#pragma GCC unroll 9
	for (i = 0; i < GROUP; i++)
		used |= slots[first_slot(slots_shift,
					 words[i * (STRIDE / WORD)])];
	return used;
}

/*
 * The words at the stride divide into groups, and the last one ends with the
 * page. So a part of an anchor that begins or ends with the page is found if it
 * has a word or more.
 */
bool patterns_match(const struct patterns *patterns, const void *page)
{
	const unsigned int slots_shift = patterns->slots_shift;
	const bool has_zero = patterns->has_zero;
	const u16 *slots = patterns->slots;
	unsigned int at;

	for (at = 0; at < PATTERNS_PAGE_SIZE; at += GROUP * STRIDE)
		if (may_match(page + at, slots, slots_shift, has_zero) &&
		    group_matches(patterns, page, at))
			return true;
	return false;
}
