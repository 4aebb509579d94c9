// SPDX-License-Identifier: GPL-2.0
#include <keys/user-type.h>
#include <linux/err.h>
#include <linux/key.h>

#include "key_payload.h"

int key_payload_use(struct key_type *type, const char *description,
		    key_payload_user use, void *context)
{
	struct key *key = request_key(type, description, NULL);
	int ret;

	if (IS_ERR(key))
		return PTR_ERR(key);
	ret = key_payload_use_key(key, use, context);
	key_put(key);
	return ret;
}

int key_payload_use_key(struct key *key, key_payload_user use, void *context)
{
	const struct user_key_payload *payload;
	int ret;

	down_read(&key->sem);
	ret = key_validate(key);
	payload = user_key_payload_locked(key);
	if (!ret)
		ret = payload ? use(payload->data, payload->datalen, context) :
				-EKEYREVOKED;
	up_read(&key->sem);
	return ret;
}
