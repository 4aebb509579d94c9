// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <keys/user-type.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "collect.h"
#include "key_payload.h"
#include "root_keyring.h"

struct destination {
	struct area *area;
	const struct needed_key *key;
};

static int add_payload(const void *payload, size_t length, void *context)
{
	const struct destination *to = context;

	return area_add_key(to->area, to->key->description,
			    strlen(to->key->description), payload, length,
			    to->key->hide_only ? AREA_KEY_HIDE_ONLY : 0);
}

static int collect_key(struct destination *to, bool reuse)
{
	const char *description = to->key->description;
	int ret;

	if (reuse && !root_keyring_use(description, add_payload, to))
		return 0;
	ret = key_payload_use(&key_type_logon, description, add_payload, to);
	if (ret)
		pr_err("crash kernel not loaded: cannot get key \"%*pE\" from the caller's keyrings: error %d\n",
		       (int)strlen(description), description, ret);
	return ret;
}

int collect_keys(struct area *area, const struct needed_key *needed,
		 unsigned int count, bool reuse)
{
	struct destination to = { .area = area };
	unsigned int i;
	int ret = 0;

	area_init(area);
	for (i = 0; i < count && !ret; i++) {
		to.key = &needed[i];
		ret = collect_key(&to, reuse);
	}
	return ret;
}
