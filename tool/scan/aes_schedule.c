// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <string.h>

#include "tool/scan/aes_schedule.h"

#define WORD	   4
#define ROUND_KEY  16
#define POLYNOMIAL 0x1b /* of the field, without x^8 */

static uint8_t substitutes[256];

static uint8_t times_x(uint8_t a)
{
	return a << 1 ^ (a & 0x80 ? POLYNOMIAL : 0);
}

static uint8_t multiply(uint8_t a, uint8_t b)
{
	uint8_t product = 0;

	for (; b; b >>= 1, a = times_x(a))
		if (b & 1)
			product ^= a;
	return product;
}

static uint8_t rotate(uint8_t a, unsigned int bits)
{
	return a << bits | a >> (8 - bits);
}

static uint8_t affine(uint8_t a)
{
	return a ^ rotate(a, 1) ^ rotate(a, 2) ^ rotate(a, 3) ^ rotate(a, 4) ^
	       0x63;
}

/* 3 generates the field, and 0xf6 is its inverse. */
static void make_substitutes(void)
{
	uint8_t power = 1, inverse = 1;

	if (substitutes[0])
		return;
	do {
		power = multiply(power, 3);
		inverse = multiply(inverse, 0xf6);
		substitutes[power] = affine(inverse);
	} while (power != 1);
	substitutes[0] = affine(0);
}

static unsigned int rounds_for(size_t key_size)
{
	return key_size / WORD + 6;
}

size_t aes_schedule_size(size_t key_size)
{
	return (rounds_for(key_size) + 1) * ROUND_KEY;
}

/* Make the word number @index, which is at @word, from those before it. */
static void next_word(uint8_t *word, size_t index, size_t key_words,
		      uint8_t *constant)
{
	const uint8_t *last = word - WORD;
	const uint8_t *back = word - key_words * WORD;
	bool first = index % key_words == 0;
	bool substituted = first || (key_words == 8 && index % 8 == 4);
	size_t i;

	for (i = 0; i < WORD; i++) {
		uint8_t byte = last[first ? (i + 1) % WORD : i];

		word[i] = back[i] ^ (substituted ? substitutes[byte] : byte);
	}
	if (first) {
		word[0] ^= *constant;
		*constant = times_x(*constant);
	}
}

void aes_schedule_for_encryption(uint8_t *schedule, const uint8_t *key,
				 size_t key_size)
{
	size_t words = aes_schedule_size(key_size) / WORD, i;
	uint8_t constant = 1;

	make_substitutes();
	memcpy(schedule, key, key_size);
	for (i = key_size / WORD; i < words; i++)
		next_word(schedule + i * WORD, i, key_size / WORD, &constant);
}

/* @coefficients are those of MixColumns() or of its inverse. */
static void mix_column(uint8_t *mixed, const uint8_t *column,
		       const uint8_t coefficients[WORD])
{
	size_t i, j;

	for (i = 0; i < WORD; i++) {
		mixed[i] = 0;
		for (j = 0; j < WORD; j++)
			mixed[i] ^= multiply(column[j],
					     coefficients[(j - i) % WORD]);
	}
}

static void mix_columns(uint8_t *mixed, const uint8_t *round_key, bool inverse)
{
	static const uint8_t forward[WORD] = { 2, 3, 1, 1 };
	static const uint8_t backward[WORD] = { 14, 11, 13, 9 };
	size_t i;

	for (i = 0; i < ROUND_KEY; i += WORD)
		mix_column(mixed + i, round_key + i,
			   inverse ? backward : forward);
}

/* Make a schedule for decryption from one for encryption. */
static void invert(uint8_t *schedule, const uint8_t *for_encryption,
		   size_t size)
{
	size_t last = size - ROUND_KEY, i;

	memcpy(schedule, for_encryption + last, ROUND_KEY);
	for (i = ROUND_KEY; i < last; i += ROUND_KEY)
		mix_columns(schedule + i, for_encryption + last - i, true);
	memcpy(schedule + last, for_encryption, ROUND_KEY);
}

void aes_schedule_for_decryption(uint8_t *schedule, const uint8_t *key,
				 size_t key_size)
{
	uint8_t for_encryption[AES_MAX_SCHEDULE];

	aes_schedule_for_encryption(for_encryption, key, key_size);
	invert(schedule, for_encryption, aes_schedule_size(key_size));
	explicit_bzero(for_encryption, sizeof(for_encryption));
}

/*
 * Most words of a schedule are the exclusive or of two others: the word before,
 * and the word a key's length back. InvMixColumns() does not change that. So
 * each kind of schedule has a run of bytes for which
 * byte q ^ byte (q + one) ^ byte (q + other) is 0. Hardly anything else in
 * memory has such a run. The search looks at one word at each step, and the
 * step makes sure that exactly one of these words is entirely inside a run.
 */
struct trait {
	size_t key_size;
	bool decryption;
	size_t run_start; /* offset in the schedule */
	size_t run;
	size_t one, other;
};

#define PROBE sizeof(uint32_t)

static const struct trait traits[] = {
	{ 16, false, 4, 12, 12, 16 }, { 24, false, 4, 20, 20, 24 },
	{ 32, false, 4, 12, 28, 32 }, { 16, true, 16, 12, 4, 20 },
	{ 24, true, 20, 8, 4, 12 },   { 32, true, 16, 12, 4, 36 },
};

static uint32_t load(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* Zeros would have it everywhere, so they do not count. */
static inline bool has_trait(const struct trait *trait, const uint8_t *at)
{
	uint32_t here = load(at), other = load(at + trait->other);

	return (here | other) && !(here ^ load(at + trait->one) ^ other);
}

/* Get the key from a schedule of that kind. */
static void extract_key(struct aes_schedule *schedule,
			const struct trait *trait, const uint8_t *at)
{
	uint8_t start[2 * ROUND_KEY];

	if (trait->decryption) {
		at += schedule->size - ROUND_KEY;
		memcpy(start, at, ROUND_KEY);
		mix_columns(start + ROUND_KEY, at - ROUND_KEY, false);
		at = start;
	}
	memcpy(schedule->key, at, trait->key_size);
	explicit_bzero(start, sizeof(start));
}

static bool has_run(const struct trait *trait, const uint8_t *at)
{
	size_t i;

	at += trait->run_start;
	for (i = 0; i < trait->run; i++)
		if (at[i] ^ at[i + trait->one] ^ at[i + trait->other])
			return false;
	return true;
}

/* Return true if the key in @schedule expands to what is at @at. */
static bool is_expansion(const struct aes_schedule *schedule,
			 const struct trait *trait, const uint8_t *at)
{
	uint8_t encryption[AES_MAX_SCHEDULE], decryption[AES_MAX_SCHEDULE];
	size_t size = schedule->size;
	bool is;

	aes_schedule_for_encryption(encryption, schedule->key,
				    schedule->key_size);
	if (!trait->decryption) {
		is = !memcmp(encryption, at, size);
	} else {
		/* Comparing the last round key first saves work. */
		is = !memcmp(encryption + size - ROUND_KEY, at, ROUND_KEY);
		if (is) {
			invert(decryption, encryption, size);
			is = !memcmp(decryption, at, size);
			explicit_bzero(decryption, size);
		}
	}
	explicit_bzero(encryption, sizeof(encryption));
	return is;
}

struct search {
	const uint8_t *memory;
	size_t size;
	void (*found)(const struct aes_schedule *schedule, void *context);
	void *context;
};

/* Look for a schedule that has its trait at @probe. */
static void look_around(const struct search *search, const struct trait *trait,
			size_t probe)
{
	struct aes_schedule schedule = {
		.size = aes_schedule_size(trait->key_size),
		.key_size = trait->key_size,
	};
	size_t back;

	for (back = trait->run_start;
	     back <= trait->run_start + trait->run - PROBE && back <= probe;
	     back++) {
		const uint8_t *at = search->memory + probe - back;

		schedule.at = probe - back;
		if (schedule.at + schedule.size > search->size ||
		    !has_run(trait, at))
			continue;
		extract_key(&schedule, trait, at);
		if (is_expansion(&schedule, trait, at))
			search->found(&schedule, search->context);
	}
	explicit_bzero(&schedule, sizeof(schedule));
}

static void look_for(const struct search *search, const struct trait *trait)
{
	size_t step = trait->run - PROBE + 1;
	size_t reach = trait->other + PROBE, probe;

	for (probe = 0; probe + reach <= search->size; probe += step)
		if (has_trait(trait, search->memory + probe))
			look_around(search, trait, probe);
}

void aes_schedule_find(const uint8_t *memory, size_t size,
		       void (*found)(const struct aes_schedule *schedule,
				     void *context),
		       void *context)
{
	const struct search search = { memory, size, found, context };
	size_t i;

	make_substitutes();
	for (i = 0; i < sizeof(traits) / sizeof(traits[0]); i++)
		look_for(&search, &traits[i]);
}
