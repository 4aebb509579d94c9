// SPDX-License-Identifier: GPL-2.0
#include <keys/user-type.h>
#include <linux/err.h>
#include <linux/key.h>

#include "key_payload.h"

int key_payload_use(struct key_type *type, const char *description,
		    key_payload_user use, void *context)
{
	const struct user_key_payload *payload;
	struct key *key;
	int ret;

	key = request_key(type, description, NULL);
	if (IS_ERR(key))
		return PTR_ERR(key);

	down_read(&key->sem);
	ret = key_validate(key);
	payload = user_key_payload_locked(key);
	if (!ret)
		ret = payload ? use(payload->data, payload->datalen, context) :
				-EKEYREVOKED;
	up_read(&key->sem);
	key_put(key);
	return ret;
}
