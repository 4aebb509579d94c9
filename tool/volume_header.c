// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <string.h>

#include "../lib/xalloc.h"
#include "volume_header.h"

struct crypt_device *volume_header_open(const char *device)
{
	struct crypt_device *volume;
	int ret;

	ret = crypt_init(&volume, device);
	if (ret) {
		warnx("%s: %s", device, strerror(-ret));
		return NULL;
	}
	ret = crypt_load(volume, CRYPT_LUKS, NULL);
	if (ret) {
		warnx("%s: no usable LUKS header (one in another place, as --header makes it, is not supported): %s",
		      device, strerror(-ret));
		crypt_free(volume);
		return NULL;
	}
	return volume;
}

bool volume_header_is_luks2(struct crypt_device *volume)
{
	return !strcmp(crypt_get_type(volume), CRYPT_LUKS2);
}

static const char *what_luks2(struct crypt_device *volume)
{
	struct crypt_params_integrity integrity = { };
	uint32_t needs = 0;

	if (crypt_persistent_flags_get(volume, CRYPT_FLAGS_REQUIREMENTS,
				       &needs) ||
	    needs & (CRYPT_REQUIREMENT_ONLINE_REENCRYPT |
		     CRYPT_REQUIREMENT_OFFLINE_REENCRYPT))
		return "is being reencrypted, and has two keys: load again when that is done";
	if (!crypt_get_integrity_info(volume, &integrity) &&
	    integrity.tag_size)
		return "has authenticated encryption (--integrity), which is not supported";
	if (crypt_get_hw_encryption_type(volume) > CRYPT_SW_ONLY)
		return "is encrypted by the disk itself (OPAL), which is not supported";
	return NULL;
}

int volume_check(const char *device, const char *luks_uuid)
{
	struct crypt_device *volume = volume_header_open(device);
	const char *what = NULL;

	if (!volume)
		return -1;
	if (strcasecmp(crypt_get_uuid(volume), luks_uuid))
		what = "is open with another header than its own, which is not supported";
	else if (volume_header_is_luks2(volume))
		what = what_luks2(volume);
	if (what)
		warnx("the LUKS volume on %s %s", device, what);
	crypt_free(volume);
	return what ? -1 : 0;
}

char *volume_cipher(const char *device)
{
	struct crypt_device *volume = volume_header_open(device);
	char *cipher;

	if (!volume)
		return NULL;
	cipher = xasprintf("%s-%s", crypt_get_cipher(volume),
			   crypt_get_cipher_mode(volume));
	crypt_free(volume);
	return cipher;
}
