/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User-space versions of the kernel functions that module/patterns.c uses: AES
 * key expansion with the results of the kernel's library.
 */
#ifndef TESTS_UNIT_KERNEL_AES_H
#define TESTS_UNIT_KERNEL_AES_H

#include "tests/unit/kernel_types.h"

#define AES_KEYSIZE_128 16
#define AES_KEYSIZE_192 24
#define AES_KEYSIZE_256 32
#define AES_BLOCK_SIZE	16

#define max(a, b)		     ((a) > (b) ? (a) : (b))
#define min_t(type, a, b)	     ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define ilog2(value)		     (31 - __builtin_clz(value))
#define memzero_explicit	     explicit_bzero
#define noinline		     __attribute__((__noinline__))
#define OPTIMIZER_HIDE_VAR(variable) __asm__("" : "+r"(variable))

struct crypto_aes_ctx {
	u32 key_enc[60];
	u32 key_dec[60];
	u32 key_length;
};

/* Return 0, or -EINVAL if @length is not the length of an AES key. */
int aes_expandkey(struct crypto_aes_ctx *expanded, const u8 *key,
		  unsigned int length);

#endif /* TESTS_UNIT_KERNEL_AES_H */
