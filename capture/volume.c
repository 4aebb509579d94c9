// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <keyutils.h>
#include <libcryptsetup.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/report.h"
#include "capture/volume.h"
#include "lib/xalloc.h"

#define MAX_KEY_SIZE 256 /* of a volume key, as the kernel saves it */
#define STEP	     "unlock"

static void report_library_message(int level, const char *message,
				   void *context)
{
	(void)context;
	if (level == CRYPT_LOG_ERROR)
		report(STEP, "%.*s", (int)strcspn(message, "\n"), message);
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
 * For LUKS1 libcryptsetup does not look into keyrings. The key is in memory
 * here that libcryptsetup locks, and wipes as it is freed.
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

static int open_volume(const struct plan_volume *volume, const char *name,
		       const char *device)
{
	struct crypt_device *crypt;
	int ret;

	crypt_set_log_callback(NULL, report_library_message, NULL);
	ret = crypt_init(&crypt, device);
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
	/*
	 * libcryptsetup passes the key to dm-crypt through the keyring of this
	 * thread, which ends with the thread: for PID 1, never.
	 */
	if (keyctl_clear(KEY_SPEC_THREAD_KEYRING))
		report(STEP, "the thread keyring could not be cleared: %s",
		       strerror(errno));
	return ret < 0 ? ret : 0;
}

void volume_forget_key(const struct plan_volume *volume)
{
	long key = keyctl_search(KEY_SPEC_USER_KEYRING, "user",
				 volume->key_description, 0);

	if (key < 0 || keyctl_invalidate(key))
		report(STEP, "the restored key could not be invalidated: %s",
		       strerror(errno));
}

int volume_open(const struct plan_volume *volume, const char *name,
		const char *device)
{
	int ret = open_volume(volume, name, device);

	volume_forget_key(volume);
	if (ret)
		report(STEP, "cannot open the LUKS volume %s on %s: %s",
		       volume->luks_uuid, device, strerror(-ret));
	else
		report(STEP, "%s/%s opened with its volume key",
		       crypt_get_dir(), name);
	return ret;
}

int volume_close(const char *name)
{
	return crypt_deactivate(NULL, name);
}
