// SPDX-License-Identifier: GPL-2.0-or-later
#include <bsd/readpassphrase.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <libcryptsetup.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/xalloc.h"
#include "volume_header.h"
#include "volume_key.h"

#define KEY_TYPE	"logon"
#define USER_KEYRING	"@u"
#define PASSPHRASE_TRIES	3
#define PASSPHRASE_SIZE	513	/* cryptsetup takes up to 512 bytes typed in */

/*
 * What was typed: locked into memory, and wiped as soon as libcryptsetup has
 * used it.
 */
static char passphrase[PASSPHRASE_SIZE];

char *volume_key_description(const char *luks_uuid)
{
	return xasprintf("cryptsetup:%s", luks_uuid);
}

int volume_key_find(const char *description)
{
	if (request_key(KEY_TYPE, description, NULL, 0) >= 0)
		return 0;
	/* That passes over stale keys; this one tells them. */
	keyctl_search(KEY_SPEC_USER_KEYRING, KEY_TYPE, description, 0);
	return -1;
}

int volume_key_set_timeout(const char *description, unsigned int timeout)
{
	key_serial_t key = request_key(KEY_TYPE, description, NULL, 0);

	return key < 0 ? -1 : keyctl_set_timeout(key, timeout);
}

int volume_key_invalidate(const char *description)
{
	key_serial_t key = request_key(KEY_TYPE, description, NULL, 0);

	return key < 0 ? -1 : keyctl_invalidate(key);
}

bool volume_key_can_be_asked(const char *key_file)
{
	int terminal;

	if (key_file) {
		if (!access(key_file, R_OK))
			return true;
		warn("%s", key_file);
		return false;
	}
	terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (terminal >= 0) {
		close(terminal);
		return true;
	}
	warnx("the volume key is not in the keyring, and there is no terminal to ask for the passphrase: use --key-file, or open the volume with cryptsetup's --link-vk-to-keyring");
	return false;
}

/*
 * For LUKS1 libcryptsetup does not put the key into a keyring, so it comes by
 * here, in memory that libcryptsetup locks, and wipes as it is freed.
 */
static int link_luks1_key(struct crypt_device *volume, const char *description,
			  struct crypt_keyslot_context *secret)
{
	size_t size = crypt_get_volume_key_size(volume);
	char *key = crypt_safe_alloc(size);
	int ret;

	if (!key)
		return -ENOMEM;
	ret = crypt_volume_key_get_by_keyslot_context(volume, CRYPT_ANY_SLOT,
						      key, &size, secret);
	if (ret >= 0 && add_key(KEY_TYPE, description, key, size,
				KEY_SPEC_USER_KEYRING) < 0)
		ret = -errno;
	crypt_safe_free(key);
	return ret;
}

/*
 * For LUKS2 it does when it "activates" without a device name, as it does to
 * check a passphrase, provided that it is to use the keyring.
 */
static int link_luks2_key(struct crypt_device *volume, const char *description,
			  struct crypt_keyslot_context *secret)
{
	int ret = crypt_set_keyring_to_link(volume, description, NULL,
					    KEY_TYPE, USER_KEYRING);

	if (ret < 0)
		return ret;
	return crypt_activate_by_keyslot_context(volume, NULL, CRYPT_ANY_SLOT,
						 secret, CRYPT_ANY_SLOT, NULL,
						 CRYPT_ACTIVATE_KEYRING_KEY);
}

static int link_key(struct crypt_device *volume, const char *description,
		    struct crypt_keyslot_context *secret)
{
	return volume_header_is_luks2(volume) ?
	       link_luks2_key(volume, description, secret) :
	       link_luks1_key(volume, description, secret);
}

static int unlock_with_key_file(struct crypt_device *volume,
				const char *description, const char *key_file)
{
	struct crypt_keyslot_context *secret;
	int ret = crypt_keyslot_context_init_by_keyfile(volume, key_file, 0, 0,
							&secret);

	if (ret)
		return ret;
	ret = link_key(volume, description, secret);
	crypt_keyslot_context_free(secret);
	return ret;
}

static int try_passphrase(struct crypt_device *volume, const char *description,
			  const char *prompt)
{
	struct crypt_keyslot_context *secret;
	int ret;

	if (!readpassphrase(prompt, passphrase, sizeof(passphrase),
			    RPP_REQUIRE_TTY))
		return -errno;
	fprintf(stderr, "Unlocking a keyslot takes some seconds ...\n");
	ret = crypt_keyslot_context_init_by_passphrase(volume, passphrase,
						       strlen(passphrase),
						       &secret);
	if (!ret) {
		ret = link_key(volume, description, secret);
		crypt_keyslot_context_free(secret);
	}
	explicit_bzero(passphrase, sizeof(passphrase));
	return ret;
}

static int unlock_with_passphrase(struct crypt_device *volume,
				  const char *description, const char *device)
{
	char *prompt = xasprintf("Passphrase of the LUKS volume on %s: ",
				 device);
	int tries, ret = -EPERM;

	if (mlock(passphrase, sizeof(passphrase)))
		warn("cannot keep the passphrase out of swap");
	for (tries = 0; ret == -EPERM && tries < PASSPHRASE_TRIES; tries++) {
		ret = try_passphrase(volume, description, prompt);
		if (ret == -EPERM)
			warnx("no keyslot opens with this passphrase");
	}
	explicit_bzero(passphrase, sizeof(passphrase));
	munlock(passphrase, sizeof(passphrase));
	free(prompt);
	return ret;
}

static void explain_unlock_failure(const char *device, const char *key_file,
				   int error)
{
	if (error == EPERM && key_file)
		warnx("%s: no keyslot opens with the content of %s", device,
		      key_file);
	else if (error == EPERM)
		warnx("%s: no keyslot opened with any of %d passphrases",
		      device, PASSPHRASE_TRIES);
	else
		warnx("%s: cannot get the volume key: %s", device,
		      strerror(error));
}

int volume_key_link(const char *device, const char *description,
		    const char *key_file, unsigned int timeout)
{
	struct crypt_device *volume = volume_header_open(device);
	int ret;

	if (!volume)
		return -1;

	ret = key_file ? unlock_with_key_file(volume, description, key_file) :
			 unlock_with_passphrase(volume, description, device);
	crypt_free(volume);
	if (ret < 0) {
		explain_unlock_failure(device, key_file, -ret);
		return -1;
	}

	if (volume_key_set_timeout(description, timeout)) {
		warn("cannot set the expiry of the key %s", description);
		volume_key_invalidate(description);
		return -1;
	}
	return 0;
}
