/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Search a page of memory for anything that reveals a volume key: the key, the
 * cipher keys that it consists of (an XTS key is two), and the AES keys expanded
 * from those, for encryption and for decryption, as in struct crypto_aes_ctx, in
 * all of the kernel's implementations for the architectures that the module
 * knows. The cipher is not known here, so a key is treated as whatever its
 * length allows.
 *
 * Each of these lies within a page or crosses a page boundary. So a page that
 * contains a part of one contains its beginning or its end. These ends are the
 * anchors, of 16 bytes each: half of an AES-256 key that was saved with a task's
 * vector registers may lie apart from the other. The search looks at one word of
 * 4 bytes in every 12, and at least one such word lies within the anchor wherever
 * it begins. If a page contains fewer than 4 bytes of an anchor, they are not
 * found.
 *
 * The search reads memory that a crashed kernel left. It does not write to it or
 * trust it. This header and patterns.c also compile in user space, for the
 * tests.
 */
#ifndef CRASH_DM_CRYPT_PATTERNS_H
#define CRASH_DM_CRYPT_PATTERNS_H

#include "area.h"

#define PATTERNS_PAGE_SIZE 4096
#define PATTERNS_MIN_KEY   16 /* bytes: no cipher has a shorter key */

struct patterns;

/* Return the size in bytes of the search patterns for the keys of @area. */
size_t patterns_size(const struct area *area);

/*
 * Make the search patterns for the keys of a valid @area in @patterns, zeroed
 * memory of that size. It is secret from then on, even on failure, and the
 * caller wipes it. Return -EINVAL if a key has fewer than PATTERNS_MIN_KEY
 * bytes.
 */
int patterns_init(struct patterns *patterns, const struct area *area);

/* Return true if @page, which is page-aligned, contains key material. */
bool patterns_match(const struct patterns *patterns, const void *page);

#endif /* CRASH_DM_CRYPT_PATTERNS_H */
