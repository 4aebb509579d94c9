// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <keyutils.h>
#include <libcryptsetup.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/volume.h"
#include "lib/xalloc.h"

#define MAX_KEY_SIZE 256	 /* of a volume key, as the kernel saves it */
#define MAX_HEADER   (256 << 20) /* bytes; a LUKS header is smaller */

static void keep_message(int level, const char *message, void *context)
{
	char **kept = context;

	if (level == CRYPT_LOG_ERROR && !*kept)
		*kept = xasprintf("%.*s", (int)strcspn(message, "\n"), message);
}

static int activate_luks2(struct crypt_device *crypt, const char *name,
			  const char *key_description)
{
	struct crypt_keyslot_context *key;
	char *key_name = xasprintf("%%user:%s", key_description);
	int ret;

	ret = crypt_keyslot_context_init_by_vk_in_keyring(crypt, key_name,
							  &key);
	if (!ret) {
		ret = crypt_activate_by_keyslot_context(crypt, name,
							CRYPT_ANY_SLOT, key,
							CRYPT_ANY_SLOT, NULL,
							0);
		crypt_keyslot_context_free(key);
	}
	free(key_name);
	return ret;
}

/*
 * libcryptsetup does not use keyrings for LUKS1. So read the key here, into
 * memory that libcryptsetup locks, and wipes when it is freed.
 */
static int activate_luks1(struct crypt_device *crypt, const char *name,
			  const char *key_description)
{
	long serial = keyctl_search(KEY_SPEC_USER_KEYRING, "user",
				    key_description, 0);
	char *key = crypt_safe_alloc(MAX_KEY_SIZE);
	long size;
	int ret;

	if (!key)
		return -ENOMEM;
	size = serial < 0 ? -1 : keyctl_read(serial, key, MAX_KEY_SIZE);
	if (size < 0)
		ret = -errno;
	else if (size > MAX_KEY_SIZE)
		ret = -E2BIG;
	else
		ret = crypt_activate_by_volume_key(crypt, name, key, size, 0);
	crypt_safe_free(key);
	return ret;
}

/* libcryptsetup does not read the keyslots, but there has to be room for them. */
static int complete_header(const char *header)
{
	return header && truncate(header, MAX_HEADER) ? -errno : 0;
}

static int open_volume(const struct plan_volume *volume, const char *name,
		       const char *device)
{
	struct crypt_device *crypt;
	int ret = complete_header(volume->header);

	if (ret)
		return ret;
	ret = crypt_init_data_device(&crypt, volume->header ?: device, device);
	if (ret)
		return ret;
	ret = crypt_load(crypt, CRYPT_LUKS, NULL);
	if (!ret)
		ret = strcmp(crypt_get_type(crypt), CRYPT_LUKS2) ?
			      activate_luks1(crypt, name,
					     volume->key_description) :
			      activate_luks2(crypt, name,
					     volume->key_description);
	crypt_free(crypt);
	return ret;
}

int volume_open(const struct plan_volume *volume, const char *name,
		const char *device, struct error *error)
{
	char *message = NULL;
	int ret;

	crypt_set_log_callback(NULL, keep_message, &message);
	ret = open_volume(volume, name, device);
	crypt_set_log_callback(NULL, NULL, NULL);
	if (ret < 0)
		error_set(error, -ret,
			  "cannot open the LUKS volume %s on %s: %s%s%s",
			  volume->luks_uuid, device, strerror(-ret),
			  message ? ": " : "", message ?: "");
	free(message);
	return ret < 0 ? -1 : 0;
}

int volume_forget_key(const struct plan_volume *volume, struct error *error)
{
	long key = keyctl_search(KEY_SPEC_USER_KEYRING, "user",
				 volume->key_description, 0);
	int ret = 0;

	if (key < 0 || keyctl_invalidate(key))
		ret = error_set_errno(error,
				      "cannot invalidate the restored key");
	/*
	 * libcryptsetup passes the key to dm-crypt through the keyring of this
	 * thread. It ends with the thread, which PID 1 never does.
	 */
	if (keyctl_clear(KEY_SPEC_THREAD_KEYRING))
		ret = error_set_errno(error, "cannot clear the thread keyring");
	return ret;
}

int volume_close(const char *name, struct error *error)
{
	int ret = crypt_deactivate(NULL, name);

	if (ret < 0)
		return error_set(error, -ret, "cannot close %s: %s", name,
				 strerror(-ret));
	return 0;
}
