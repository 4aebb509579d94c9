// SPDX-License-Identifier: GPL-2.0
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "area.h"
#include "reuse.h"
#include "root_keyring.h"
#include "save.h"

/* Protects root's keyring from getting a key back that is being wiped. */
static DEFINE_MUTEX(hand_back_lock);

/* The next load takes keys from root's keyring, whoever loads. */
static bool requested;

static int ignore_payload(const void *payload, size_t length, void *context)
{
	return 0;
}

/* A key that root has already may be newer than the saved one, so it stays. */
static int hand_back_key(const struct area_key *entry)
{
	char description[AREA_MAX_DESCRIPTION + 1] = {};

	memcpy(description, entry->description,
	       le16_to_cpu(entry->description_length));
	if (!root_keyring_use(description, ignore_payload, NULL))
		return 0;
	return root_keyring_add(description, entry->key,
				le16_to_cpu(entry->key_length));
}

/*
 * Hand the saved keys back to root's user keyring, with an expiry. They leave
 * reserved memory when the image does, and the next load may come later.
 */
static int hand_back(const struct area *area)
{
	u32 i;
	int ret = area_check(area, AREA_MAX_SIZE);

	for (i = 0; !ret && i < le32_to_cpu(area->key_count); i++)
		ret = hand_back_key(&area->keys[i]);
	return ret;
}

int reuse_request(bool reuse)
{
	struct area *copy;
	bool was_requested;
	unsigned int flags;
	int ret;

	if (!reuse) {
		reuse_end();
		return 0;
	}
	copy = kvzalloc(AREA_MAX_SIZE, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	mutex_lock(&hand_back_lock);
	flags = memalloc_noio_save(); /* reuse_wipe() waits for this */
	was_requested = reuse_is_requested();
	if (save_copy_armed(copy)) {
		/* Before a load that ends meanwhile ends this as well. */
		WRITE_ONCE(requested, true);
		ret = hand_back(copy);
		if (ret && !was_requested)
			reuse_end();
	} else {
		ret = was_requested ? 0 : -EINVAL;
	}
	memalloc_noio_restore(flags);
	mutex_unlock(&hand_back_lock);
	kvfree_sensitive(copy, AREA_MAX_SIZE);
	return ret;
}

int reuse_wipe(const char *description)
{
	unsigned int flags;
	int ret, err;

	mutex_lock(&hand_back_lock);
	flags = memalloc_noio_save();
	ret = root_keyring_remove(description);
	err = save_remove_key(description);
	memalloc_noio_restore(flags);
	mutex_unlock(&hand_back_lock);
	return ret ?: err;
}

bool reuse_is_requested(void)
{
	return READ_ONCE(requested);
}

void reuse_end(void)
{
	WRITE_ONCE(requested, false);
}
