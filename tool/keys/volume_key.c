// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <keyutils.h>
#include <libcryptsetup.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/keys/key_expiry.h"
#include "tool/keys/volume_header.h"
#include "tool/keys/volume_key.h"

#define KEY_TYPE	  "logon"
#define READABLE_KEY_TYPE "user"
#define USER_KEYRING	  "@u"
#define LIST_OF_KEYS	  "/proc/keys"

char *volume_key_description(const char *luks_uuid)
{
	return xasprintf("cryptsetup:%s", luks_uuid);
}

int volume_key_find(const char *description, struct error *error)
{
	if (request_key(KEY_TYPE, description, NULL, 0) >= 0)
		return 0;
	/* request_key() ignores stale keys. This sets errno to EKEYEXPIRED. */
	keyctl_search(KEY_SPEC_USER_KEYRING, KEY_TYPE, description, 0);
	return error_set_errno(error, "cannot use the key %s", description);
}

static int set_timeout(key_serial_t key, const char *description,
		       unsigned int timeout, struct error *error)
{
	if (key < 0 || keyctl_set_timeout(key, timeout))
		return error_set_errno(error,
				       "cannot set the expiry of the key %s",
				       description);
	return 0;
}

int volume_key_set_timeout(const char *description, unsigned int timeout,
			   struct error *error)
{
	return set_timeout(request_key(KEY_TYPE, description, NULL, 0),
			   description, timeout, error);
}

int volume_key_extend(const char *description, unsigned int timeout,
		      struct error *error)
{
	key_serial_t key = request_key(KEY_TYPE, description, NULL, 0);

	if (key >= 0 && key_expiry_find(LIST_OF_KEYS, key) >= timeout)
		return 0;
	return set_timeout(key, description, timeout, error);
}

int volume_key_invalidate(const char *description, struct error *error)
{
	key_serial_t key = request_key(KEY_TYPE, description, NULL, 0);

	if (key < 0 || keyctl_invalidate(key))
		return error_set_errno(error, "cannot invalidate the key %s",
				       description);
	return 0;
}

/*
 * Get the volume key in memory that libcryptsetup locks, and wipes when the
 * caller frees it with crypt_safe_free(). Return a negative errno on failure.
 */
static int take_key(struct crypt_device *volume,
		    struct crypt_keyslot_context *secret, char **key,
		    size_t *size)
{
	int ret;

	*size = crypt_get_volume_key_size(volume);
	*key = crypt_safe_alloc(*size);
	if (!*key)
		return -ENOMEM;
	ret = crypt_volume_key_get_by_keyslot_context(volume, CRYPT_ANY_SLOT,
						      *key, size, secret);
	if (ret < 0) {
		crypt_safe_free(*key);
		*key = NULL;
	}
	return ret;
}

/* libcryptsetup does not put the key of LUKS1 into a keyring. */
static int link_luks1_key(struct crypt_device *volume,
			  struct crypt_keyslot_context *secret,
			  const char *description)
{
	char *key;
	size_t size;
	int ret = take_key(volume, secret, &key, &size);

	if (ret < 0)
		return ret;
	if (add_key(KEY_TYPE, description, key, size, KEY_SPEC_USER_KEYRING) <
	    0)
		ret = -errno;
	crypt_safe_free(key);
	return ret;
}

/*
 * libcryptsetup links the key of LUKS2 when it "activates" without a device
 * name, as it does to check a passphrase, if it is to use the keyring.
 */
static int link_luks2_key(struct crypt_device *volume,
			  struct crypt_keyslot_context *secret,
			  const char *description)
{
	int ret = crypt_set_keyring_to_link(volume, description, NULL, KEY_TYPE,
					    USER_KEYRING);

	if (ret < 0)
		return ret;
	return crypt_activate_by_keyslot_context(volume, NULL, CRYPT_ANY_SLOT,
						 secret, CRYPT_ANY_SLOT, NULL,
						 CRYPT_ACTIVATE_KEYRING_KEY);
}

/* @context is the description. */
static int link_key(struct crypt_device *volume,
		    struct crypt_keyslot_context *secret, void *context)
{
	return volume_header_is_luks2(volume) ?
		       link_luks2_key(volume, secret, context) :
		       link_luks1_key(volume, secret, context);
}

int volume_key_link(const char *device, const char *description,
		    const struct keyslot_source *source, unsigned int timeout,
		    struct error *error)
{
	struct crypt_device *volume = volume_header_open(device, error);
	int ret;

	if (!volume)
		return -1;
	ret = keyslot_unlock(volume, device, source, link_key,
			     (void *)description, error);
	crypt_free(volume);
	if (ret)
		return -1;
	if (volume_key_set_timeout(description, timeout, error)) {
		volume_key_invalidate(description, NULL);
		return -1;
	}
	return 0;
}

/* @context is a struct volume_key. */
static int hand_over_key(struct crypt_device *volume,
			 struct crypt_keyslot_context *secret, void *context)
{
	struct volume_key *key = context;

	return take_key(volume, secret, &key->bytes, &key->size);
}

static void show_mismatch(const struct keyslot_source *source,
			  const char *description)
{
	char *line = xasprintf(
		"The user key %s is not the key of the LUKS volume, so it is not used.",
		description);

	source->show(line);
	free(line);
}

/* Somebody may have linked the key where user space can read it. */
static int read_user_key(struct crypt_device *volume, struct volume_key *key,
			 const struct keyslot_source *source)
{
	char *description = volume_key_description(crypt_get_uuid(volume));
	long serial = keyctl_search(KEY_SPEC_USER_KEYRING, READABLE_KEY_TYPE,
				    description, 0);
	int ret = -1;

	if (serial >= 0) {
		key->size = crypt_get_volume_key_size(volume);
		key->bytes = crypt_safe_alloc(key->size);
		if (key->bytes && keyctl_read(serial, key->bytes, key->size) ==
					  (long)key->size)
			ret = crypt_volume_key_verify(volume, key->bytes,
						      key->size);
		if (ret < 0) {
			volume_key_release(key);
			show_mismatch(source, description);
		}
	}
	free(description);
	return ret < 0 ? -1 : 0;
}

int volume_key_get(struct volume_key *key, const char *device,
		   const struct keyslot_source *source, struct error *error)
{
	struct crypt_device *volume = volume_header_open(device, error);
	int ret;

	memset(key, 0, sizeof(*key));
	if (!volume)
		return -1;
	ret = read_user_key(volume, key, source);
	if (ret && !keyslot_check_source(source, device, error))
		ret = keyslot_unlock(volume, device, source, hand_over_key, key,
				     error);
	crypt_free(volume);
	return ret;
}

void volume_key_release(struct volume_key *key)
{
	crypt_safe_free(key->bytes);
	memset(key, 0, sizeof(*key));
}
