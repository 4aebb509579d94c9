// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/key.h>
#include <linux/keyctl.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "user_keys.h"

static key_ref_t add_user_key(key_ref_t keyring, const struct area_key *entry)
{
	char description[AREA_MAX_DESCRIPTION + 1] = {};

	memcpy(description, entry->description,
	       le16_to_cpu(entry->description_length));
	return key_create_or_update(keyring, "user", description, entry->key,
				    le16_to_cpu(entry->key_length),
				    KEY_POS_ALL | KEY_USR_ALL,
				    KEY_ALLOC_IN_QUOTA);
}

/*
 * Unlinking gives back the key's quota. The collector of invalidated keys does
 * not do that for the keyring's part. Invalidating ends the key for everyone who
 * has linked it elsewhere meanwhile, and here if unlinking failed.
 */
static void remove_user_key(key_ref_t keyring, key_ref_t user_key)
{
	struct key *key = key_ref_to_ptr(user_key);

	key_unlink(key_ref_to_ptr(keyring), key);
	key_invalidate(key);
}

unsigned int user_keys_count(const struct area *area)
{
	u32 i, count = 0;

	for (i = 0; i < le32_to_cpu(area->key_count); i++)
		if (!area_key_is_hide_only(&area->keys[i]))
			count++;
	return count;
}

int user_keys_add(const struct area *area)
{
	u32 count = le32_to_cpu(area->key_count);
	key_ref_t keyring, *keys;
	u32 i, added = 0;
	int ret = 0;

	keys = kcalloc(count, sizeof(*keys), GFP_KERNEL);
	if (!keys)
		return -ENOMEM;

	keyring = lookup_user_key(KEY_SPEC_USER_KEYRING, KEY_LOOKUP_CREATE,
				  KEY_NEED_WRITE);
	if (IS_ERR(keyring)) {
		ret = PTR_ERR(keyring);
		goto free;
	}

	for (i = 0; i < count; i++) {
		if (area_key_is_hide_only(&area->keys[i]))
			continue;
		keys[added] = add_user_key(keyring, &area->keys[i]);
		if (IS_ERR(keys[added])) {
			ret = PTR_ERR(keys[added]);
			break;
		}
		added++;
	}
	while (added--) {
		if (ret)
			remove_user_key(keyring, keys[added]);
		key_ref_put(keys[added]);
	}
	key_ref_put(keyring);
free:
	kfree(keys);
	return ret;
}
