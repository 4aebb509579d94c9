// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/json.h"
#include "lib/text_list.h"
#include "lib/xalloc.h"
#include "tool/host/crypttab.h"
#include "tool/keys/cryptsetup_error.h"
#include "tool/keys/detached_header.h"
#include "tool/keys/volume_header.h"

#define DM_SECTOR 512 /* dm-crypt's default */

/*
 * The header of LUKS1 begins with magic, version, cipher, mode, hash, payload
 * offset and key size. The digest of the volume key and its salt follow.
 */
#define LUKS1_DIGEST_OFFSET (6 + 2 + 32 + 32 + 32 + 4 + 4)
#define LUKS1_DIGEST_SIZE   (20 + 32)

char *volume_header_file(const char *device)
{
	return detached_header_find(device, CRYPTTAB) ?: xstrdup(device);
}

char *volume_header_missing(const char *device, const char *crypttab)
{
	char *header = detached_header_find(device, crypttab), *text = NULL;

	if (header && access(header, F_OK))
		text = xasprintf(
			"the detached LUKS header of %s is missing: mount the filesystem that has %s",
			device, header);
	free(header);
	return text;
}

struct crypt_device *volume_header_open(const char *device, struct error *error)
{
	char *missing = volume_header_missing(device, CRYPTTAB);
	struct crypt_device *volume;
	char *header;
	int ret;

	if (missing) {
		error_set(error, ENOENT, "%s", missing);
		free(missing);
		return NULL;
	}
	header = volume_header_file(device);
	cryptsetup_error_start();
	ret = crypt_init_data_device(&volume, header, device);
	free(header);
	if (ret) {
		cryptsetup_error_set(error, ret, "%s", device);
		return NULL;
	}
	ret = crypt_load(volume, CRYPT_LUKS, NULL);
	if (ret) {
		cryptsetup_error_set(
			error, ret,
			"%s: no usable LUKS header: if the header is detached, name its file with header= in " CRYPTTAB,
			device);
		crypt_free(volume);
		return NULL;
	}
	return volume;
}

bool volume_header_is_luks2(struct crypt_device *volume)
{
	return !strcmp(crypt_get_type(volume), CRYPT_LUKS2);
}

/* Return NULL if encryption is not authenticated. @volume owns the text. */
static const char *find_integrity(struct crypt_device *volume)
{
	struct crypt_params_integrity integrity = {};

	if (crypt_get_integrity_info(volume, &integrity) || !integrity.tag_size)
		return NULL;
	return integrity.integrity;
}

/*
 * Return why the capture environment cannot open it, as the end of a sentence.
 * Return NULL if it can.
 */
static const char *luks2_obstacle(struct crypt_device *volume)
{
	uint32_t needs = 0;

	if (crypt_persistent_flags_get(volume, CRYPT_FLAGS_REQUIREMENTS,
				       &needs) ||
	    needs & (CRYPT_REQUIREMENT_ONLINE_REENCRYPT |
		     CRYPT_REQUIREMENT_OFFLINE_REENCRYPT))
		return "is being reencrypted and has two keys: load again when that is done";
	if (crypt_get_hw_encryption_type(volume) > CRYPT_SW_ONLY)
		return "is encrypted by the disk itself (OPAL), which is not supported";
	return NULL;
}

int volume_check(const char *device, const char *luks_uuid, struct error *error)
{
	struct crypt_device *volume = volume_header_open(device, error);
	const char *obstacle = NULL;

	if (!volume)
		return -1;
	if (strcasecmp(crypt_get_uuid(volume), luks_uuid))
		obstacle =
			"is open with another header than its own, which is not supported: if its UUID was changed, close it and open it again, or reboot";
	else if (volume_header_is_luks2(volume))
		obstacle = luks2_obstacle(volume);
	crypt_free(volume);
	if (!obstacle)
		return 0;
	return error_set(error, 0, "the LUKS volume on %s %s", device,
			 obstacle);
}

int volume_check_all(const struct targets *targets, struct text_list *missing,
		     struct error *error)
{
	size_t i;

	for (i = 0; i < targets->volume_count; i++) {
		const struct luks_volume *volume = targets->volumes[i];
		char *text = missing ? volume_header_missing(volume->device,
							     CRYPTTAB) :
				       NULL;

		if (text)
			text_list_add(missing, text);
		free(text);
		if (!text &&
		    volume_check(volume->device, volume->luks_uuid, error))
			return -1;
	}
	return 0;
}

/*
 * Return the cipher as libcryptsetup passes it to dm-crypt, which takes
 * authenticated encryption only in the notation of the crypto API.
 */
static char *cipher_of(struct crypt_device *volume)
{
	const char *integrity = find_integrity(volume);
	const char *cipher = crypt_get_cipher(volume);
	const char *mode = crypt_get_cipher_mode(volume);
	int length = strcspn(mode, "-");
	const char *iv = mode + length;

	if (!integrity)
		return xasprintf("%s-%s", cipher, mode);
	if (!strcmp(integrity, "poly1305"))
		return xasprintf("capi:rfc7539(%s,poly1305)-%s", cipher, mode);
	if (!strncmp(mode, "ccm", length))
		return xasprintf("capi:rfc4309(ccm(%s))%s", cipher, iv);
	if (strcmp(integrity, "aead"))
		return xasprintf("capi:authenc(%s,%.*s(%s))%s", integrity,
				 length, mode, cipher, iv);
	return xasprintf("capi:%.*s(%s)%s", length, mode, cipher, iv);
}

char *volume_cipher(const char *device, struct error *error)
{
	struct crypt_device *volume = volume_header_open(device, error);
	char *cipher;

	if (!volume)
		return NULL;
	cipher = cipher_of(volume);
	crypt_free(volume);
	return cipher;
}

/* The caller frees the text. */
static char *mapping_options(struct crypt_device *volume)
{
	struct crypt_params_integrity integrity = {};
	int sector = crypt_get_sector_size(volume);
	struct text_list options = {};
	char *joined, *text;

	if (find_integrity(volume)) {
		crypt_get_integrity_info(volume, &integrity);
		text_list_addf(&options, "integrity:%u:aead",
			       integrity.tag_size);
	}
	if (sector != DM_SECTOR)
		text_list_addf(&options, "sector_size:%d", sector);
	joined = text_list_join(&options, " ");
	text = options.count ? xasprintf(" %zu %s", options.count, joined) :
			       xstrdup("");
	free(joined);
	text_list_release(&options);
	return text;
}

char *volume_mapping_parameters(const char *device, const char *lower,
				const char *key_description,
				struct error *error)
{
	struct crypt_device *volume = volume_header_open(device, error);
	char *cipher, *options, *parameters;

	if (!volume)
		return NULL;
	cipher = cipher_of(volume);
	options = mapping_options(volume);
	parameters = xasprintf("%s :%d:logon:%s %" PRIu64 " %s %" PRIu64 "%s",
			       cipher, crypt_get_volume_key_size(volume),
			       key_description, crypt_get_iv_offset(volume),
			       lower,
			       find_integrity(volume) ?
				       0 :
				       crypt_get_data_offset(volume),
			       options);
	free(options);
	free(cipher);
	crypt_free(volume);
	return parameters;
}

/* Keys that encrypt no data have digests as well. */
static bool has_data(json_object *digest)
{
	json_object *segments = json_get(digest, "segments", json_type_array);

	return segments && json_object_array_length(segments);
}

static char *find_luks2_digest(json_object *header)
{
	json_object *digests = json_get(header, "digests", json_type_object);
	struct text_list found = {};
	char *joined;

	if (!digests)
		return NULL;
	json_object_object_foreach(digests, name, digest)
	{
		const char *value = json_get_text(digest, "digest");

		(void)name;
		if (value && has_data(digest))
			text_list_add(&found, value);
	}
	joined = text_list_join(&found, " ");
	text_list_release(&found);
	return joined;
}

static char *read_luks2_digest(struct crypt_device *volume, const char *device,
			       struct error *error)
{
	json_object *header;
	const char *text;
	char *digest;
	int ret = crypt_dump_json(volume, &text, 0);

	if (ret) {
		cryptsetup_error_set(error, ret,
				     "cannot read the LUKS header on %s",
				     device);
		return NULL;
	}
	header = json_tokener_parse(text);
	digest = find_luks2_digest(header);
	json_object_put(header);
	if (!digest)
		error_set(error, 0,
			  "%s: the LUKS header has no digest of the volume key",
			  device);
	return digest;
}

static int read_luks1_fields(unsigned char bytes[LUKS1_DIGEST_SIZE],
			     const char *device, struct error *error)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC), ret = 0;
	ssize_t got;

	if (fd < 0)
		return error_set_errno(error, "%s", device);
	got = pread(fd, bytes, LUKS1_DIGEST_SIZE, LUKS1_DIGEST_OFFSET);
	if (got < 0)
		ret = error_set_errno(error, "cannot read %s", device);
	else if (got != LUKS1_DIGEST_SIZE)
		ret = error_set(error, EIO, "%s: the LUKS header is cut short",
				device);
	close(fd);
	return ret;
}

/* libcryptsetup has no function that returns it. */
static char *read_luks1_digest(const char *device, struct error *error)
{
	unsigned char bytes[LUKS1_DIGEST_SIZE];
	char digest[2 * LUKS1_DIGEST_SIZE + 1];
	char *header = volume_header_file(device);
	int ret = read_luks1_fields(bytes, header, error);
	size_t i;

	free(header);
	if (ret)
		return NULL;
	for (i = 0; i < sizeof(bytes); i++)
		sprintf(digest + 2 * i, "%02x", bytes[i]);
	return xstrdup(digest);
}

char *volume_key_digest(const char *device, struct error *error)
{
	struct crypt_device *volume = volume_header_open(device, error);
	char *digest;

	if (!volume)
		return NULL;
	digest = volume_header_is_luks2(volume) ?
			 read_luks2_digest(volume, device, error) :
			 read_luks1_digest(device, error);
	crypt_free(volume);
	return digest;
}

uint64_t volume_metadata_size(const char *device)
{
	struct crypt_device *volume = volume_header_open(device, NULL);
	uint64_t size = 0;

	if (!volume)
		return 0;
	/* LUKS2 has two copies. */
	if (!crypt_get_metadata_size(volume, &size, NULL) &&
	    volume_header_is_luks2(volume))
		size *= 2;
	crypt_free(volume);
	return size;
}
