// SPDX-License-Identifier: GPL-2.0-or-later
/* AES key expansion as in FIPS-197. */
#include "tests/unit/kernel_aes.h"

static u8 multiply(u8 a, u8 b)
{
	u8 product = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			product ^= a;
		a = a << 1 ^ (a & 0x80 ? 0x1b : 0);
	}
	return product;
}

static u8 substitute(u8 byte)
{
	u8 inverse = byte, result = 0x63;
	int i;

	/* The inverse is the 254th power. */
	for (i = 0; i < 253; i++)
		inverse = multiply(inverse, byte);
	for (i = 0; i < 5; i++)
		result ^= inverse << i | inverse >> (8 - i);
	return result;
}

static void expand(u8 *bytes, unsigned int length, unsigned int size)
{
	u8 constant = 1, word[4];
	unsigned int at, i;

	for (at = length; at < size; at += 4) {
		memcpy(word, bytes + at - 4, 4);
		if (at % length == 0) {
			u8 first = word[0];

			for (i = 0; i < 4; i++)
				word[i] =
					substitute(i < 3 ? word[i + 1] : first);
			word[0] ^= constant;
			constant = multiply(constant, 2);
		} else if (length == 32 && at % 32 == 16) {
			for (i = 0; i < 4; i++)
				word[i] = substitute(word[i]);
		}
		for (i = 0; i < 4; i++)
			bytes[at + i] = bytes[at + i - length] ^ word[i];
	}
}

static void unmix_column(u8 out[4], const u8 in[4])
{
	static const u8 factors[4] = { 14, 11, 13, 9 };
	int row, i;

	for (row = 0; row < 4; row++) {
		out[row] = 0;
		for (i = 0; i < 4; i++)
			out[row] ^= multiply(in[i], factors[(i + 4 - row) % 4]);
	}
}

int aes_expandkey(struct crypto_aes_ctx *expanded, const u8 *key,
		  unsigned int length)
{
	u8 *enc = (u8 *)expanded->key_enc, *dec = (u8 *)expanded->key_dec;
	unsigned int last = (6 + length / 4) * 16, at;

	if (length != 16 && length != 24 && length != 32)
		return -EINVAL;
	memcpy(enc, key, length);
	expand(enc, length, last + 16);

	memcpy(dec, enc + last, 16);
	for (at = 16; at < last; at += 4)
		unmix_column(dec + at, enc + last - at / 16 * 16 + at % 16);
	memcpy(dec + last, enc, 16);
	expanded->key_length = length;
	return 0;
}
