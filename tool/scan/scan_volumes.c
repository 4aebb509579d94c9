// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/keyring.h"
#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/keys/open_volumes.h"
#include "tool/keys/volume_header.h"
#include "tool/scan/scan_volumes.h"

#define CCM_NONCE_SIZE 3 /* of RFC 4309 */

/* Only a process that possesses a key can read it. */
static void possess_user_keyring(struct text_list *warnings)
{
	struct error error;

	if (keyring_join_user_keyring(&error))
		text_list_add(warnings, error.reason);
}

/* The rest of the volume key authenticates, or begins the nonces of CCM. */
static size_t cipher_key_size(struct crypt_device *header,
			      const struct volume_key *key)
{
	bool is_ccm = starts_with(crypt_get_cipher_mode(header), "ccm-");
	struct crypt_params_integrity integrity = {};

	crypt_get_integrity_info(header, &integrity);
	return key->size - integrity.integrity_key_size -
	       (is_ccm ? CCM_NONCE_SIZE : 0);
}

/* Append a volume to the list, which owns the key from now on. */
static void append(struct scan_volumes *volumes, const char *device,
		   struct crypt_device *header, const struct volume_key *key)
{
	size_t count = volumes->count + 1;

	volumes->list = xrealloc(volumes->list, count * sizeof(*volumes->list));
	volumes->keys = xrealloc(volumes->keys, count * sizeof(*volumes->keys));
	volumes->list[volumes->count] = (struct scan_volume) {
		.uuid = xstrdup(crypt_get_uuid(header)),
		.device = xstrdup(device),
		.key = *key,
	};
	volumes->keys[volumes->count] = (struct known_key) {
		.key = (const uint8_t *)key->bytes,
		.size = cipher_key_size(header, key),
		.two_halves =
			starts_with(crypt_get_cipher_mode(header), "xts-") ||
			starts_with(crypt_get_cipher(header), "capi:xts("),
	};
	volumes->count = count;
}

static int add_volume(struct scan_volumes *volumes, const char *device,
		      const struct keyslot_source *source, struct error *error)
{
	struct crypt_device *header = volume_header_open(device, error);
	struct volume_key key;
	int ret;

	if (!header)
		return -1;
	ret = volume_check(device, crypt_get_uuid(header), error);
	if (!ret)
		ret = volume_key_get(&key, device, source, error);
	if (!ret)
		append(volumes, device, header, &key);
	crypt_free(header);
	return ret;
}

/* libkdumpfile and the search make copies of keys, and of parts of the dump. */
static void keep_out_of_swap(struct text_list *warnings)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		text_list_addf(
			warnings,
			"cannot keep the content of the dump out of swap: %s",
			strerror(errno));
}

int scan_volumes_find(struct scan_volumes *volumes, const char *device,
		      const struct keyslot_source *source,
		      struct text_list *warnings, struct error *error)
{
	struct text_list devices = {};
	int ret = 0;
	size_t i;

	memset(volumes, 0, sizeof(*volumes));
	possess_user_keyring(warnings);
	if (device)
		text_list_add(&devices, device);
	else
		open_volumes_find(&devices, "/sys");
	for (i = 0; i < devices.count && !ret; i++)
		ret = add_volume(volumes, devices.items[i], source, error);
	text_list_release(&devices);
	if (!ret && volumes->count)
		keep_out_of_swap(warnings);
	return ret;
}

void scan_volumes_release(struct scan_volumes *volumes)
{
	size_t i;

	for (i = 0; i < volumes->count; i++) {
		volume_key_release(&volumes->list[i].key);
		free(volumes->list[i].device);
		free(volumes->list[i].uuid);
	}
	free(volumes->keys);
	free(volumes->list);
	memset(volumes, 0, sizeof(*volumes));
}
