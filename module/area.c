// SPDX-License-Identifier: GPL-2.0
#include "area.h"

#ifdef __KERNEL__
#include <asm/byteorder.h>
#include <crypto/sha2.h>
#include <linux/errno.h>
#include <linux/string.h>
#endif

static void area_digest(const struct area *area, __u8 digest[AREA_DIGEST_SIZE])
{
	const __u8 *start = (const __u8 *)&area->version;

	sha256(start, area_size(area) - offsetof(struct area, version), digest);
}

size_t area_size(const struct area *area)
{
	return sizeof(*area) +
	       le32_to_cpu(area->key_count) * sizeof(area->keys[0]);
}

void area_init(struct area *area)
{
	memset(area, 0, AREA_MAX_SIZE);
	memcpy(area->magic, AREA_MAGIC, sizeof(area->magic));
	area->version = cpu_to_le32(AREA_VERSION);
}

int area_add_key(struct area *area, const char *description,
		 size_t description_length, const void *key, size_t key_length,
		 u32 flags)
{
	u32 count = le32_to_cpu(area->key_count);
	struct area_key *entry = &area->keys[count];

	if (count >= AREA_MAX_KEYS)
		return -ENOSPC;
	if (!description_length || description_length > AREA_MAX_DESCRIPTION ||
	    memchr(description, 0, description_length))
		return -EINVAL;
	if (!key_length || key_length > AREA_MAX_KEY)
		return -EKEYREJECTED;

	entry->description_length = cpu_to_le16(description_length);
	entry->key_length = cpu_to_le16(key_length);
	entry->flags = cpu_to_le32(flags);
	memcpy(entry->description, description, description_length);
	memcpy(entry->key, key, key_length);
	area->key_count = cpu_to_le32(count + 1);
	return 0;
}

void area_seal(struct area *area)
{
	area->length = cpu_to_le32(area_size(area));
	area_digest(area, area->digest);
}

int area_check_header(const struct area *area)
{
	u32 count = le32_to_cpu(area->key_count);

	if (memcmp(area->magic, AREA_MAGIC, sizeof(area->magic)) ||
	    le32_to_cpu(area->version) != AREA_VERSION || area->reserved ||
	    !count || count > AREA_MAX_KEYS ||
	    le32_to_cpu(area->length) != area_size(area))
		return -EBADMSG;
	return 0;
}

static bool area_key_is_valid(const struct area_key *entry)
{
	u16 description_length = le16_to_cpu(entry->description_length);
	u16 key_length = le16_to_cpu(entry->key_length);

	return description_length &&
	       description_length <= AREA_MAX_DESCRIPTION &&
	       !memchr(entry->description, 0, description_length) &&
	       key_length && key_length <= AREA_MAX_KEY &&
	       !(le32_to_cpu(entry->flags) & ~AREA_KEY_HIDE_ONLY);
}

bool area_key_is_hide_only(const struct area_key *entry)
{
	return le32_to_cpu(entry->flags) & AREA_KEY_HIDE_ONLY;
}

int area_check(const struct area *area, size_t available)
{
	__u8 digest[AREA_DIGEST_SIZE];
	u32 i;

	if (available < sizeof(*area) || area_check_header(area) ||
	    available < area_size(area))
		return -EBADMSG;

	area_digest(area, digest);
	if (memcmp(digest, area->digest, sizeof(digest)))
		return -EBADMSG;

	for (i = 0; i < le32_to_cpu(area->key_count); i++)
		if (!area_key_is_valid(&area->keys[i]))
			return -EBADMSG;
	return 0;
}

static bool has_description(const struct area_key *entry,
			    const char *description, size_t length)
{
	return le16_to_cpu(entry->description_length) == length &&
	       !memcmp(entry->description, description, length);
}

bool area_has_key(const struct area *area, const char *description,
		  size_t description_length)
{
	u32 i, count = le32_to_cpu(area->key_count);

	/* Nobody may have checked the area since it was written. */
	if (count > AREA_MAX_KEYS)
		return false;
	for (i = 0; i < count; i++)
		if (has_description(&area->keys[i], description,
				    description_length))
			return true;
	return false;
}

unsigned int area_remove_key(struct area *area, const char *description,
			     size_t description_length)
{
	u32 i, kept = 0, count = le32_to_cpu(area->key_count);

	for (i = 0; i < count; i++) {
		if (has_description(&area->keys[i], description,
				    description_length))
			continue;
		if (kept != i)
			area->keys[kept] = area->keys[i];
		kept++;
	}
	memset(&area->keys[kept], 0, (count - kept) * sizeof(area->keys[0]));
	area->key_count = cpu_to_le32(kept);
	return count - kept;
}
