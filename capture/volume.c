// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <keyutils.h>
#include <libcryptsetup.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../lib/keyring.h"
#include "../lib/textfile.h"
#include "../lib/xalloc.h"
#include "report.h"
#include "volume.h"

#define CONFIGFS	"/sys/kernel/config"
#define RESTORE		CONFIGFS "/crash_dm_crypt_keys/restore"
#define VOLUME_NAME	"kdump-crypt"
#define STEP		"unlock"

int volume_restore_keys(void)
{
	if (mount("configfs", CONFIGFS, "configfs",
		  MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return -1;
	return textfile_write(RESTORE, "yes");
}

static void report_library_message(int level, const char *message,
				   void *context)
{
	(void)context;
	if (level == CRYPT_LOG_ERROR)
		report(STEP, "%.*s", (int)strcspn(message, "\n"), message);
}

static int activate(struct crypt_device *volume, const char *key_description)
{
	struct crypt_keyslot_context *key;
	char *name = xasprintf("%%user:%s", key_description);
	int ret;

	ret = crypt_keyslot_context_init_by_vk_in_keyring(volume, name, &key);
	if (!ret) {
		ret = crypt_activate_by_keyslot_context(volume, VOLUME_NAME,
							CRYPT_ANY_SLOT, key,
							CRYPT_ANY_SLOT, NULL,
							0);
		crypt_keyslot_context_free(key);
	}
	free(name);
	return ret < 0 ? ret : 0;
}

static int open_volume(const struct plan *plan, const char *device)
{
	struct crypt_device *volume;
	int ret;

	crypt_set_log_callback(NULL, report_library_message, NULL);
	ret = crypt_init(&volume, device);
	if (ret)
		return ret;
	ret = crypt_load(volume, CRYPT_LUKS2, NULL);
	if (!ret)
		ret = activate(volume, plan->key_description);
	crypt_free(volume);
	/*
	 * libcryptsetup passes the key to dm-crypt through the keyring of this
	 * thread, which ends with the thread: for PID 1, never.
	 */
	if (keyctl_clear(KEY_SPEC_THREAD_KEYRING))
		report(STEP, "the thread keyring could not be cleared: %s",
		       strerror(errno));
	return ret;
}

static void invalidate_key(const char *description)
{
	long key = keyctl_search(KEY_SPEC_USER_KEYRING, "user", description,
				 0);

	if (key < 0 || keyctl_invalidate(key))
		report(STEP, "the restored key could not be invalidated: %s",
		       strerror(errno));
}

char *volume_open(const struct plan *plan, const char *device)
{
	int ret;

	if (keyring_join_user_keyring())
		report(STEP, "cannot use the user keyring: %s",
		       strerror(errno));
	ret = open_volume(plan, device);
	invalidate_key(plan->key_description);
	if (ret) {
		report(STEP, "cannot open the LUKS volume %s on %s: %s",
		       plan->luks_uuid, device, strerror(-ret));
		return NULL;
	}
	return xasprintf("%s/" VOLUME_NAME, crypt_get_dir());
}

int volume_close(void)
{
	return crypt_deactivate(NULL, VOLUME_NAME);
}
