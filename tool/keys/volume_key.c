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

#include "lib/xalloc.h"
#include "tool/keys/volume_header.h"
#include "tool/keys/volume_key.h"

#define KEY_TYPE	  "logon"
#define READABLE_KEY_TYPE "user"
#define USER_KEYRING	  "@u"
#define PASSPHRASE_TRIES  3
#define PASSPHRASE_SIZE	  513 /* cryptsetup takes up to 512 bytes typed in */

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

static bool has_terminal(void)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);

	if (terminal >= 0)
		close(terminal);
	return terminal >= 0;
}

static bool can_be_read(const char *key_file)
{
	if (!access(key_file, R_OK))
		return true;
	warn("%s", key_file);
	return false;
}

bool volume_key_can_be_asked(const char *key_file)
{
	if (key_file)
		return can_be_read(key_file);
	if (has_terminal())
		return true;
	warnx("the volume key is not in the keyring, and there is no terminal to ask for the passphrase: use --key-file, or open the volume with cryptsetup's --link-vk-to-keyring");
	return false;
}

/* In memory that libcryptsetup locks, and wipes as it is freed. */
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

/*
 * Does something with the volume key, which @secret unlocks. Returns a negative
 * errno where it failed, -EPERM where the secret opens no keyslot.
 */
typedef int (*use_secret)(struct crypt_device *volume,
			  struct crypt_keyslot_context *secret, void *context);

/*
 * For LUKS1 libcryptsetup does not put the key into a keyring, so it comes by
 * here, in memory that libcryptsetup locks, and wipes as it is freed.
 */
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
 * For LUKS2 it does when it "activates" without a device name, as it does to
 * check a passphrase, provided that it is to use the keyring.
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

/* @context: its description. */
static int link_key(struct crypt_device *volume,
		    struct crypt_keyslot_context *secret, void *context)
{
	return volume_header_is_luks2(volume) ?
		       link_luks2_key(volume, secret, context) :
		       link_luks1_key(volume, secret, context);
}

static int unlock_with_key_file(struct crypt_device *volume,
				const char *key_file, use_secret use,
				void *context)
{
	struct crypt_keyslot_context *secret;
	int ret = crypt_keyslot_context_init_by_keyfile(volume, key_file, 0, 0,
							&secret);

	if (ret)
		return ret;
	ret = use(volume, secret, context);
	crypt_keyslot_context_free(secret);
	return ret;
}

static int try_passphrase(struct crypt_device *volume, const char *prompt,
			  use_secret use, void *context)
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
		ret = use(volume, secret, context);
		crypt_keyslot_context_free(secret);
	}
	explicit_bzero(passphrase, sizeof(passphrase));
	return ret;
}

static int unlock_with_passphrase(struct crypt_device *volume,
				  const char *device, use_secret use,
				  void *context)
{
	char *prompt =
		xasprintf("Passphrase of the LUKS volume on %s: ", device);
	int tries, ret = -EPERM;

	if (mlock(passphrase, sizeof(passphrase)))
		warn("cannot keep the passphrase out of swap");
	for (tries = 0; ret == -EPERM && tries < PASSPHRASE_TRIES; tries++) {
		ret = try_passphrase(volume, prompt, use, context);
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

static int unlock(struct crypt_device *volume, const char *device,
		  const char *key_file, use_secret use, void *context)
{
	int ret = key_file ?
			  unlock_with_key_file(volume, key_file, use, context) :
			  unlock_with_passphrase(volume, device, use, context);

	if (ret >= 0)
		return 0;
	explain_unlock_failure(device, key_file, -ret);
	return -1;
}

int volume_key_link(const char *device, const char *description,
		    const char *key_file, unsigned int timeout)
{
	struct crypt_device *volume = volume_header_open(device);
	int ret;

	if (!volume)
		return -1;

	ret = unlock(volume, device, key_file, link_key, (void *)description);
	crypt_free(volume);
	if (ret)
		return -1;

	if (volume_key_set_timeout(description, timeout)) {
		warn("cannot set the expiry of the key %s", description);
		volume_key_invalidate(description);
		return -1;
	}
	return 0;
}

/* @context: a struct volume_key. */
static int hand_over_key(struct crypt_device *volume,
			 struct crypt_keyslot_context *secret, void *context)
{
	struct volume_key *key = context;

	return take_key(volume, secret, &key->bytes, &key->size);
}

/* The one that somebody has linked where user space can read it. */
static int read_user_key(struct crypt_device *volume, struct volume_key *key)
{
	char *description = volume_key_description(crypt_get_uuid(volume));
	long serial = keyctl_search(KEY_SPEC_USER_KEYRING, READABLE_KEY_TYPE,
				    description, 0);
	int ret = -1;

	free(description);
	if (serial < 0)
		return -1;
	key->size = crypt_get_volume_key_size(volume);
	key->bytes = crypt_safe_alloc(key->size);
	if (key->bytes &&
	    keyctl_read(serial, key->bytes, key->size) == (long)key->size)
		ret = crypt_volume_key_verify(volume, key->bytes, key->size);
	if (ret < 0)
		volume_key_release(key);
	return ret < 0 ? -1 : 0;
}

static bool can_be_asked_for(const char *device, const char *key_file)
{
	if (key_file)
		return can_be_read(key_file);
	if (has_terminal())
		return true;
	warnx("there is no terminal to ask for the passphrase of the LUKS volume on %s: use --key-file",
	      device);
	return false;
}

int volume_key_get(struct volume_key *key, const char *device,
		   const char *key_file)
{
	struct crypt_device *volume = volume_header_open(device);
	int ret;

	memset(key, 0, sizeof(*key));
	if (!volume)
		return -1;
	ret = read_user_key(volume, key);
	if (ret && can_be_asked_for(device, key_file))
		ret = unlock(volume, device, key_file, hand_over_key, key);
	crypt_free(volume);
	return ret;
}

void volume_key_release(struct volume_key *key)
{
	crypt_safe_free(key->bytes);
	memset(key, 0, sizeof(*key));
}
