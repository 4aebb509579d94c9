// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "lib/prefix.h"
#include "tool/arm/dump_secrets.h"
#include "tool/arm/kernel_keys.h"
#include "tool/keys/open_volumes.h"
#include "tool/keys/other_volumes.h"
#include "tool/keys/volume_header.h"

/*
 * The module looks for the key itself, for each half of it, and for AES keys
 * expanded from those. Adiantum's cipher holds its key as it is. Other ciphers
 * expand the key in ways of their own, and other modes cut it in other ways, as
 * LRW and TCW do. Authenticated encryption has two keys in one.
 */
static bool is_cipher_covered(const char *cipher)
{
	static const char *const covered[] = { "aes-xts-",
					       "aes-cbc-essiv:",
					       "aes-cbc-plain",
					       "aes-ecb",
					       "xchacha20,aes-adiantum-",
					       "xchacha12,aes-adiantum-",
					       "capi:xts(aes)-",
					       "capi:cbc(aes)-",
					       "capi:essiv(cbc(aes),",
					       "capi:ecb(aes)-",
					       NULL };

	return starts_with_any(cipher, covered);
}

static void expose(struct dump_secrets *secrets,
		   const struct luks_volume *volume, const char *why,
		   struct text_list *warnings)
{
	text_list_addf(
		warnings,
		"the dump will contain the key of the LUKS volume on %s: %s",
		volume->device, why);
	text_list_add(&secrets->exposed, volume->luks_uuid);
}

static void look_at_cipher(struct dump_secrets *secrets,
			   const struct luks_volume *volume,
			   struct text_list *warnings)
{
	struct error error;
	char *cipher = volume_cipher(volume->device, &error);

	if (!cipher)
		expose(secrets, volume, error.reason, warnings);
	else if (!is_cipher_covered(cipher))
		expose(secrets, volume,
		       "only keys of AES (in XTS, CBC and ECB mode) and Adiantum, without --integrity, can be hidden entirely",
		       warnings);
	free(cipher);
}

static void look_at_other(struct dump_secrets *secrets,
			  const struct luks_volume *volume,
			  struct text_list *warnings)
{
	char *digest = NULL;
	struct error error;

	if (!kernel_keys_check(volume, warnings, &error))
		digest = volume_key_digest(volume->device, &error);
	if (!digest) {
		expose(secrets, volume, error.reason, warnings);
		return;
	}
	text_list_add(&secrets->luks_uuids, volume->luks_uuid);
	text_list_add(&secrets->key_digests, digest);
	look_at_cipher(secrets, volume, warnings);
	free(digest);
}

/* The keys of other encrypted volumes are in no keyring. */
static void expose_others_than_luks(struct dump_secrets *secrets,
				    struct text_list *warnings)
{
	struct text_list mappings = {};
	size_t i;

	open_volumes_find_others(&mappings, "/sys");
	for (i = 0; i < mappings.count; i++) {
		text_list_addf(
			warnings,
			"the dump will contain the key of %s: only keys of LUKS volumes can be hidden",
			mappings.items[i]);
		text_list_add(&secrets->exposed, mappings.items[i]);
	}
	text_list_release(&mappings);
}

void dump_secrets_find(struct dump_secrets *secrets,
		       const struct targets *targets,
		       struct text_list *warnings)
{
	struct other_volumes others;
	size_t i;

	*secrets = (struct dump_secrets) {};
	for (i = 0; i < targets->volume_count; i++)
		look_at_cipher(secrets, targets->volumes[i], warnings);
	other_volumes_find(&others, targets);
	for (i = 0; i < others.count; i++)
		look_at_other(secrets, &others.list[i], warnings);
	other_volumes_release(&others);
	expose_others_than_luks(secrets, warnings);
}

void dump_secrets_expose(struct dump_secrets *secrets)
{
	size_t i;

	for (i = 0; i < secrets->luks_uuids.count; i++)
		text_list_add_once(&secrets->exposed,
				   secrets->luks_uuids.items[i]);
	text_list_release(&secrets->luks_uuids);
	text_list_release(&secrets->key_digests);
}

void dump_secrets_release(struct dump_secrets *secrets)
{
	text_list_release(&secrets->luks_uuids);
	text_list_release(&secrets->key_digests);
	text_list_release(&secrets->exposed);
}
