/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving the kernel the volume keys that it saves for the crash kernel.
 *
 * This room holds no copy of a key. libcryptsetup and the kernel do, see
 * tool/keys/volume_key.h: a key that is provided is in root's user keyring
 * until provide_keys_done() invalidates it, or until it expires.
 */
#ifndef KDUMP_CRYPT_PROVIDE_KEYS_H
#define KDUMP_CRYPT_PROVIDE_KEYS_H

#include "lib/error.h"
#include "lib/text_list.h"
#include "tool/host/messages.h"
#include "tool/storage/targets.h"

struct key_options {
	const char *key_file; /* NULL: ask for a passphrase on the terminal */
	unsigned int timeout; /* seconds until a key in the keyring expires */
	bool keep;	      /* leave the keys in the keyring until then */
	bool dry_run;	      /* only find out whether they can be provided */
};

/*
 * Find all reasons why provide_keys() would fail, as far as they can be known
 * before anybody types a passphrase. The process joins root's user keyring, and
 * the list of keys is available afterwards. Return 0 or -1.
 */
int provide_keys_prepare(const struct targets *targets,
			 const struct key_options *options,
			 struct text_list *warnings, struct error *error);

/* Make the kernel's list of keys available, or find out if that can be done. */
int provide_keys_list(const struct key_options *options, struct error *error);

/* Say where the key of @volume would come from. The text is a constant. */
const char *provide_keys_source(const struct luks_volume *volume,
				const struct key_options *options);

/* Check those keys that are in the keyring already. Return 0 or -1. */
int provide_keys_check(const struct targets *targets,
		       struct text_list *warnings, struct error *error);

/*
 * Link the keys of all volumes of @targets that the kernel does not have yet,
 * which may need a passphrase. Check that each is the right key, because a
 * wrong one would only be noticed after the crash. Then name the keys in the
 * kernel's list, and those of the volumes in @hidden. Return 0 or -1. The
 * keys of the loaded crash kernel, which end with it, are handed back to the
 * keyring. If a signal came, see tool/host/interruption.h, the keys that got
 * there are invalidated, and error->number is EINTR.
 */
int provide_keys(const struct targets *targets, const struct text_list *hidden,
		 const struct key_options *options, struct messages *messages,
		 struct error *error);

/*
 * Let no key of these volumes in the keyring expire earlier than
 * options->timeout from now, so that none expires before the crash kernel is
 * loaded. None expires earlier than before, as loading may fail.
 */
void provide_keys_extend(const struct text_list *luks_uuids,
			 const struct key_options *options,
			 struct text_list *warnings);

/*
 * The crash kernel is loaded, and its reserved memory has its own copies.
 * Invalidate the keys of these volumes in the keyring. If options->keep is set,
 * let them expire options->timeout from now instead.
 */
void provide_keys_done(const struct text_list *luks_uuids,
		       const struct key_options *options,
		       struct text_list *warnings);

/* Invalidate the keys of these volumes that are in the keyring. */
void provide_keys_drop(const struct text_list *luks_uuids,
		       struct text_list *warnings);

#endif /* KDUMP_CRYPT_PROVIDE_KEYS_H */
