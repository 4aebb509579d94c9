// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/arm/dump_secrets.h"
#include "tool/keys/open_volumes.h"
#include "tool/keys/other_volumes.h"
#include "tool/keys/volume_header.h"

/*
 * What the module looks for is the key itself, each half of it, and AES keys
 * expanded from those. Adiantum's cipher holds its key as it is; other ciphers
 * expand theirs in ways of their own, and other modes cut the key otherwise,
 * as LRW and TCW do.
 */
static bool is_cipher_covered(const struct target_volume *volume)
{
	static const char *const covered[] = { "aes-xts-",
					       "aes-cbc-essiv:",
					       "aes-cbc-plain",
					       "aes-ecb",
					       "xchacha20,aes-adiantum-",
					       "xchacha12,aes-adiantum-",
					       NULL };
	char *cipher = volume_cipher(volume->device, NULL);
	bool is_covered = cipher && starts_with_any(cipher, covered);

	free(cipher);
	return is_covered;
}

static void expose(struct dump_secrets *secrets,
		   const struct target_volume *volume, const char *why)
{
	warnx("the dump will contain the key of the LUKS volume on %s: %s",
	      volume->device, why);
	text_list_add(&secrets->exposed, volume->luks_uuid);
}

static bool look_at_cipher(struct dump_secrets *secrets,
			   const struct target_volume *volume)
{
	if (is_cipher_covered(volume))
		return true;
	expose(secrets, volume,
	       "only keys of AES (in XTS, CBC and ECB mode) and Adiantum can be hidden entirely");
	return false;
}

static void look_at_other(struct dump_secrets *secrets,
			  const struct target_volume *volume, bool has_key)
{
	char *digest = has_key ? volume_key_digest(volume->device, NULL) : NULL;

	if (!digest) {
		expose(secrets, volume,
		       "it is not in the keyring: have it linked as the volume is opened, as kdump-crypt setup does, and load again");
		return;
	}
	text_list_add(&secrets->luks_uuids, volume->luks_uuid);
	text_list_add(&secrets->key_digests, digest);
	look_at_cipher(secrets, volume);
	free(digest);
}

/* Nobody has their keys in a keyring. */
static void expose_others_than_luks(struct dump_secrets *secrets)
{
	struct text_list mappings = {};
	size_t i;

	open_volumes_find_others(&mappings, "/sys");
	for (i = 0; i < mappings.count; i++) {
		warnx("the dump will contain the key of %s: only keys of LUKS volumes can be hidden",
		      mappings.items[i]);
		text_list_add(&secrets->exposed, mappings.items[i]);
	}
	text_list_release(&mappings);
}

void dump_secrets_find(struct dump_secrets *secrets,
		       const struct targets *targets,
		       bool (*kernel_has_key)(const struct target_volume *))
{
	struct other_volumes others;
	size_t i;

	*secrets = (struct dump_secrets) {};
	for (i = 0; i < targets->volume_count; i++)
		look_at_cipher(secrets, targets->volumes[i]);
	other_volumes_find(&others, targets);
	for (i = 0; i < others.count; i++)
		look_at_other(secrets, &others.list[i],
			      kernel_has_key(&others.list[i]));
	other_volumes_release(&others);
	expose_others_than_luks(secrets);
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
