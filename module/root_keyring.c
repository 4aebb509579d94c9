// SPDX-License-Identifier: GPL-2.0
#include <keys/user-type.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/key.h>
#include <linux/keyctl.h>
#include <linux/module.h>
#include <linux/sched/task.h>

#include "root_keyring.h"

#define MAX_TIMEOUT INT_MAX

static unsigned int link_timeout = 300;

static int set_timeout(const char *value, const struct kernel_param *parameter)
{
	return param_set_uint_minmax(value, parameter, 1, MAX_TIMEOUT);
}

static const struct kernel_param_ops timeout_ops = {
	.set = set_timeout,
	.get = param_get_uint,
};

module_param_cb(link_timeout, &timeout_ops, &link_timeout, 0644);
MODULE_PARM_DESC(link_timeout,
		 "Seconds until a linked key expires (default 300)");

/* What a function of this file does to the keyring, with root's credentials. */
typedef int (*keyring_user)(key_ref_t keyring, void *context);

static int use_keyring(unsigned long flags, enum key_need_perm permission,
		       keyring_user use, void *context)
{
	const struct cred *old;
	struct cred *root;
	key_ref_t keyring;
	int ret;

	root = prepare_kernel_cred(&init_task);
	if (!root)
		return -ENOMEM;
	old = override_creds(root);
	keyring = lookup_user_key(KEY_SPEC_USER_KEYRING, flags, permission);
	if (IS_ERR(keyring)) {
		ret = PTR_ERR(keyring);
	} else {
		ret = use(keyring, context);
		key_ref_put(keyring);
	}
	revert_creds(old);
	put_cred(root);
	return ret;
}

struct new_key {
	const char *description;
	const void *bytes;
	size_t length;
};

static int add(key_ref_t keyring, void *context)
{
	const struct new_key *new = context;
	key_ref_t key;

	key = key_create_or_update(keyring, "logon", new->description,
				   new->bytes, new->length, KEY_PERM_UNDEF,
				   KEY_ALLOC_IN_QUOTA);
	if (IS_ERR(key))
		return PTR_ERR(key);
	key_set_timeout(key_ref_to_ptr(key), READ_ONCE(link_timeout));
	key_ref_put(key);
	return 0;
}

int root_keyring_add(const char *description, const void *key, size_t length)
{
	struct new_key new = { description, key, length };

	return use_keyring(KEY_LOOKUP_CREATE, KEY_NEED_WRITE, add, &new);
}

static int remove(key_ref_t keyring, void *context)
{
	key_ref_t key =
		keyring_search(keyring, &key_type_logon, context, false);

	if (IS_ERR(key))
		return 0;
	key_invalidate(key_ref_to_ptr(key));
	key_ref_put(key);
	return 0;
}

int root_keyring_remove(const char *description)
{
	int ret = use_keyring(0, KEY_NEED_SEARCH, remove, (void *)description);

	/* Without a keyring there is no key. */
	return ret == -ENOMEM ? ret : 0;
}

struct search {
	const char *description;
	key_payload_user use;
	void *context;
};

static int find(key_ref_t keyring, void *context)
{
	const struct search *search = context;
	key_ref_t key = keyring_search(keyring, &key_type_logon,
				       search->description, false);
	int ret;

	if (IS_ERR(key))
		return PTR_ERR(key) == -EAGAIN ? -ENOKEY : PTR_ERR(key);
	ret = key_payload_use_key(key_ref_to_ptr(key), search->use,
				  search->context);
	key_ref_put(key);
	return ret;
}

int root_keyring_use(const char *description, key_payload_user use,
		     void *context)
{
	struct search search = { description, use, context };

	return use_keyring(0, KEY_NEED_SEARCH, find, &search);
}
