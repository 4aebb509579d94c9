// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <keys/user-type.h>
#include <linux/device-mapper.h>
#include <linux/dm-ioctl.h>
#include <linux/hex.h>
#include <linux/key.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "area.h"
#include "key_payload.h"
#include "link.h"
#include "reuse.h"
#include "root_keyring.h"

#define DESCRIPTION_PREFIX "cryptsetup:"
#define LUKS2_DIGESTS	   8 /* LUKS2_DIGEST_MAX of libcryptsetup */

struct volume_key {
	size_t length;
	u8 bytes[AREA_MAX_KEY];
};

/*
 * libcryptsetup names the devices of a LUKS volume CRYPT-LUKS1-<UUID>-<name>
 * or CRYPT-LUKS2-<UUID>-<name>, the UUID without hyphens.
 */
static bool find_volume(struct dm_target *target, struct volume_uuid *uuid)
{
	struct mapped_device *device = dm_table_get_md(target->table);
	char dm_uuid[DM_UUID_LEN];
	const char *digits;

	if (dm_copy_name_and_uuid(device, NULL, dm_uuid))
		return false;
	digits = dm_uuid + strlen("CRYPT-LUKSn-");
	if (!str_has_prefix(dm_uuid, "CRYPT-LUKS1-") &&
	    !str_has_prefix(dm_uuid, "CRYPT-LUKS2-"))
		return false;
	if (strnlen(digits, UUID_DIGITS) < UUID_DIGITS)
		return false;
	memcpy(uuid->digits, digits, UUID_DIGITS);
	uuid->digits[UUID_DIGITS] = '\0';
	return true;
}

/* Make "cryptsetup:<UUID>", with the hyphens that users write. */
static void describe(const struct volume_uuid *uuid,
		     char description[AREA_MAX_DESCRIPTION])
{
	const char *d = uuid->digits;

	snprintf(description, AREA_MAX_DESCRIPTION,
		 DESCRIPTION_PREFIX "%.8s-%.4s-%.4s-%.4s-%.12s", d, d + 8,
		 d + 12, d + 16, d + 20);
}

static int copy_payload(const void *payload, size_t length, void *context)
{
	struct volume_key *volume_key = context;

	if (!length || length > sizeof(volume_key->bytes))
		return -EKEYREJECTED;
	memcpy(volume_key->bytes, payload, length);
	volume_key->length = length;
	return 0;
}

/*
 * Copy the key of a crypt target. @text is as in the target's table:
 * ":<length>:<type>:<name>" for a key in the keyrings of the process that opens
 * the volume, or the key in hexadecimal.
 */
static int copy_volume_key(const char *text, struct volume_key *volume_key)
{
	const char *type, *name;
	size_t length;

	if (text[0] != ':') {
		length = strlen(text) / 2;
		if (!length || length > sizeof(volume_key->bytes) ||
		    hex2bin(volume_key->bytes, text, length))
			return -EKEYREJECTED;
		volume_key->length = length;
		return 0;
	}

	type = strchr(text + 1, ':');
	name = type ? strchr(type + 1, ':') : NULL;
	if (!name)
		return -EKEYREJECTED;
	if (str_has_prefix(type, ":logon:"))
		return key_payload_use(&key_type_logon, name + 1, copy_payload,
				       volume_key);
	if (str_has_prefix(type, ":user:"))
		return key_payload_use(&key_type_user, name + 1, copy_payload,
				       volume_key);
	return -EOPNOTSUPP;
}

static int ignore_payload(const void *payload, size_t length, void *context)
{
	return 0;
}

/*
 * libcryptsetup puts every key of a LUKS2 volume into a keyring of the process
 * that opens it, under the name cryptsetup:<UUID>-d<number of its digest>. A
 * volume that is being reencrypted has two keys.
 */
static bool has_second_key(const char *text)
{
	char name[AREA_MAX_DESCRIPTION + 1];
	const char *start = strstr(text, ":" DESCRIPTION_PREFIX);
	char *digit, own;

	if (!start || strscpy(name, start + 1, sizeof(name)) < 0)
		return false;
	digit = strrchr(name, '-');
	if (!digit || digit[1] != 'd' || !digit[2] || digit[3])
		return false;

	digit += 2;
	own = *digit;
	for (*digit = '0'; *digit < '0' + LUKS2_DIGESTS; ++*digit)
		if (*digit != own && !key_payload_use(&key_type_logon, name,
						      ignore_payload, NULL))
			return true;
	return false;
}

void link_begin(struct linking *linking, struct dm_target *target,
		const char *key)
{
	*linking = (struct linking) {};
	if (!find_volume(target, &linking->uuid) ||
	    !link_list_has(&linking->uuid))
		return;
	linking->is_listed = true;
	/* Any other LUKS volume is one target with one key. */
	linking->is_reencrypted = target->begin || has_second_key(key);
	if (linking->is_reencrypted)
		return;
	linking->error = -ENOMEM;
	linking->key = kzalloc(sizeof(*linking->key), GFP_KERNEL);
	if (linking->key)
		linking->error = copy_volume_key(key, linking->key);
}

/*
 * The parts of a volume that is being reencrypted have different keys, and the
 * crash kernel would need them all.
 */
static void remove_reencrypted(const struct volume_uuid *uuid)
{
	char description[AREA_MAX_DESCRIPTION];

	pr_warn("LUKS volume %s is being reencrypted: its keys are not linked\n",
		uuid->digits);
	describe(uuid, description);
	root_keyring_remove(description);
}

static void add_key(const struct linking *linking)
{
	char description[AREA_MAX_DESCRIPTION];
	int ret = linking->error;

	describe(&linking->uuid, description);
	if (!ret)
		ret = root_keyring_add(description, linking->key->bytes,
				       linking->key->length);
	if (ret)
		pr_warn("the key of LUKS volume %s was not linked: error %d\n",
			linking->uuid.digits, ret);
}

void link_end(struct linking *linking, bool succeeded)
{
	if (succeeded && linking->is_reencrypted)
		remove_reencrypted(&linking->uuid);
	else if (succeeded && linking->is_listed)
		add_key(linking);
	kfree_sensitive(linking->key);
}

void link_wipe(struct dm_target *target)
{
	char description[AREA_MAX_DESCRIPTION];
	struct volume_uuid uuid;
	int ret;

	if (!find_volume(target, &uuid))
		return;
	describe(&uuid, description);
	ret = reuse_wipe(description);
	if (ret)
		pr_err("LUKS volume %s is suspended, but a copy of its key is still in memory: error %d\n",
		       uuid.digits, ret);
}
