/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The saved area: volume keys on their way from the running kernel to the
 * crash kernel, in memory reserved with crashkernel=.
 *
 * The module writes it while a crash kernel is loaded and reads it in that
 * crash kernel, so both ends are normally the same build; the version is there
 * for the day when they are not. Integers are little-endian. The area starts
 * on a page boundary and is one contiguous run of bytes: a header, then
 * key_count entries of a fixed size.
 *
 * This header and area.c also compile in user space, for the tests.
 */
#ifndef CRASH_DM_CRYPT_AREA_H
#define CRASH_DM_CRYPT_AREA_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include "kernel_types.h"
#endif

#define AREA_MAGIC	 "DMCRKEYS" /* 8 bytes, no NUL */
#define AREA_VERSION	 2
#define AREA_DIGEST_SIZE 32 /* SHA-256 */

#define AREA_MAX_KEYS	     128
#define AREA_MAX_DESCRIPTION 128 /* bytes, no NUL */
#define AREA_MAX_KEY	     256 /* bytes; XTS with AES-256 takes 64 */

/*
 * The key is saved so that it can be kept out of the dump, and never becomes a
 * user key.
 */
#define AREA_KEY_HIDE_ONLY 1

struct area_key {
	__le16 description_length; /* 1 to AREA_MAX_DESCRIPTION */
	__le16 key_length;	   /* 1 to AREA_MAX_KEY */
	__le32 flags;		   /* AREA_KEY_HIDE_ONLY or nothing */
	char description[AREA_MAX_DESCRIPTION]; /* zero behind its length */
	__u8 key[AREA_MAX_KEY];			/* zero behind its length */
} __packed;

struct area {
	char magic[8];
	__u8 digest[AREA_DIGEST_SIZE]; /* of everything behind this field */
	__le32 version;
	__le32 length;	  /* of the whole area, in bytes */
	__le32 key_count; /* 1 to AREA_MAX_KEYS */
	__le32 reserved;  /* zero */
	struct area_key keys[];
} __packed;

#define AREA_MAX_SIZE \
	(sizeof(struct area) + AREA_MAX_KEYS * sizeof(struct area_key))

/* Bytes that @area takes with the keys added so far, the header included. */
size_t area_size(const struct area *area);

/*
 * Make an empty area in @area, which has AREA_MAX_SIZE bytes and stays the
 * caller's: it now holds keys and the caller wipes it.
 */
void area_init(struct area *area);

/*
 * Append a key; both byte strings are copied.
 * Returns -ENOSPC where there are AREA_MAX_KEYS keys already, -EINVAL for a
 * description and -EKEYREJECTED for a key whose length is out of range.
 */
int area_add_key(struct area *area, const char *description,
		 size_t description_length, const void *key, size_t key_length,
		 u32 flags);

/* Complete @area with its digest. No key may be added after this. */
void area_seal(struct area *area);

/*
 * Validate the header of an area before its length is trusted.
 * Returns -EBADMSG for anything that area_seal() would not have written.
 */
int area_check_header(const struct area *area);

/*
 * Validate a whole area of which @available bytes can be read.
 * Returns -EBADMSG where a count, a length or a single bit is off; after 0
 * every entry may be used without further checks.
 */
int area_check(const struct area *area, size_t available);

/* Whether the key of an entry is to be kept out of the dump, and no more. */
bool area_key_is_hide_only(const struct area_key *entry);

/*
 * The entry with this description in an area that was checked, or is being
 * made; NULL where there is none.
 */
const struct area_key *area_find_key(const struct area *area,
				     const char *description,
				     size_t description_length);

#endif /* CRASH_DM_CRYPT_AREA_H */
