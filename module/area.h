/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The saved area: the format in which volume keys pass from the running kernel
 * to the crash kernel, in memory reserved with crashkernel=.
 *
 * The module writes it when a crash kernel is loaded, and reads it in that crash
 * kernel, so both are normally the same build. The version is for builds that
 * differ. Integers are little-endian. The area starts on a page boundary and is
 * contiguous: a header, then key_count entries of a fixed size.
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

/* The key is only for hiding it from the dump. It never becomes a user key. */
#define AREA_KEY_HIDE_ONLY 1

struct area_key {
	__le16 description_length;		/* 1 to AREA_MAX_DESCRIPTION */
	__le16 key_length;			/* 1 to AREA_MAX_KEY */
	__le32 flags;				/* AREA_KEY_HIDE_ONLY or 0 */
	char description[AREA_MAX_DESCRIPTION]; /* then zeros */
	__u8 key[AREA_MAX_KEY];			/* then zeros */
} __packed;

struct area {
	char magic[8];
	__u8 digest[AREA_DIGEST_SIZE]; /* of all that follows this field */
	__le32 version;
	__le32 length;	  /* of the whole area, in bytes */
	__le32 key_count; /* 1 to AREA_MAX_KEYS */
	__le32 reserved;  /* zero */
	struct area_key keys[];
} __packed;

#define AREA_MAX_SIZE \
	(sizeof(struct area) + AREA_MAX_KEYS * sizeof(struct area_key))

/* Return the size of @area in bytes: its header and the keys added so far. */
size_t area_size(const struct area *area);

/*
 * Make an empty area in @area, which has AREA_MAX_SIZE bytes. The caller owns it
 * and wipes it once keys were added.
 */
void area_init(struct area *area);

/*
 * Append copies of a key and its description, with @flags as in struct area_key.
 * Return -ENOSPC if there are AREA_MAX_KEYS keys already, -EINVAL if the
 * description contains a NUL or its length is out of range, and -EKEYREJECTED
 * if the length of the key is out of range. Then nothing is appended.
 */
int area_add_key(struct area *area, const char *description,
		 size_t description_length, const void *key, size_t key_length,
		 u32 flags);

/*
 * Remove all keys with this description from an area that is valid or being
 * made, and leave no trace of them. Return their number. The area is not sealed
 * then.
 */
unsigned int area_remove_key(struct area *area, const char *description,
			     size_t description_length);

/* Return true if @area, valid or being made, has a key with this description. */
bool area_has_key(const struct area *area, const char *description,
		  size_t description_length);

/* Complete @area with its length and digest. Add no key after this. */
void area_seal(struct area *area);

/*
 * Validate the header of an area, so that its length can be trusted.
 * Return -EBADMSG if area_seal() would not have written it.
 */
int area_check_header(const struct area *area);

/*
 * Validate a whole area of which @available bytes can be read.
 * Return -EBADMSG if a count, a length or any bit is wrong. If this returns 0,
 * every entry can be used without further checks.
 */
int area_check(const struct area *area, size_t available);

/* Return true if the key is only for hiding it from the dump. */
bool area_key_is_hide_only(const struct area_key *entry);

#endif /* CRASH_DM_CRYPT_AREA_H */
