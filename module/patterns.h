/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What gives a volume key away in a page of memory: the key, the cipher keys
 * that it consists of (an XTS key is two), and AES keys expanded from those,
 * for encryption and for decryption, as struct crypto_aes_ctx has them and all
 * of the kernel's implementations for x86 use them. The cipher is not known
 * here, so a key is taken for whatever its length allows.
 *
 * These lie in memory as a whole or cut by the boundary of a page, so a page
 * has the beginning of one or its end: these ends are the anchors that are
 * looked for, each of stride + 8 bytes. Wherever an anchor begins, one of its
 * words of 8 bytes lies where the search, which looks at one word in so many
 * bytes, comes by. What is cut down to fewer than 8 bytes is not found.
 *
 * The search reads memory that a crashed kernel left: it neither writes to it
 * nor trusts it. This header and patterns.c also compile in user space, for
 * the tests.
 */
#ifndef CRASH_DM_CRYPT_PATTERNS_H
#define CRASH_DM_CRYPT_PATTERNS_H

#include "area.h"

#define PATTERNS_PAGE_SIZE 4096
#define PATTERNS_MIN_KEY   16 /* bytes; a shorter one is no cipher's */

struct patterns;

/* The bytes that patterns_init() needs for the keys of a valid @area. */
size_t patterns_size(const struct area *area);

/*
 * Make what is looked for in zeroed memory of that size, which is secret from
 * then on and the caller's to wipe. Returns -EINVAL where a key has fewer than
 * PATTERNS_MIN_KEY bytes.
 */
int patterns_init(struct patterns *patterns, const struct area *area);

/* Whether @page, aligned as pages are, has key material. */
bool patterns_match(const struct patterns *patterns, const void *page);

#endif /* CRASH_DM_CRYPT_PATTERNS_H */
