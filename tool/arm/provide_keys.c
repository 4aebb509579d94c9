// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "lib/keyring.h"
#include "tool/arm/kernel_keys.h"
#include "tool/arm/provide_keys.h"
#include "tool/host/interruption.h"
#include "tool/keys/key_check.h"
#include "tool/keys/key_items.h"
#include "tool/keys/volume_header.h"
#include "tool/keys/volume_key.h"

static void warn_of_plain_targets(const struct targets *targets,
				  struct text_list *warnings)
{
	size_t i;

	for (i = 0; i < targets->count; i++)
		if (!targets->list[i].stack.volume_count)
			text_list_addf(
				warnings,
				"%s is not on an encrypted volume: dumps there will not be encrypted, and need no keys",
				targets->list[i].path);
}

static int check_source(const struct luks_volume *volume,
			const struct key_options *options, struct error *error)
{
	const struct keyslot_source source = { .key_file = options->key_file };
	struct error reason;

	if (!keyslot_check_source(&source, volume->device, &reason))
		return 0;
	if (reason.number == ENOTTY)
		return error_set(
			error, ENOTTY,
			"the volume key is not in the keyring, and there is no terminal to ask for the passphrase: use --key-file, or open the volume with cryptsetup's --link-vk-to-keyring");
	return error_set(error, reason.number, "%s", reason.reason);
}

int provide_keys_list(const struct key_options *options, struct error *error)
{
	return options->dry_run ? key_items_can_prepare(error) :
				  key_items_prepare(error);
}

const char *provide_keys_source(const struct luks_volume *volume,
				const struct key_options *options)
{
	if (kernel_keys_in_keyring(volume))
		return "root's keyring";
	if (kernel_keys_available(volume))
		return "the crash kernel that is loaded";
	return options->key_file ? "a keyslot, with the key file" :
				   "a keyslot, with a token or a passphrase";
}

int provide_keys_prepare(const struct targets *targets,
			 const struct key_options *options,
			 struct text_list *warnings, struct error *error)
{
	size_t i;

	warn_of_plain_targets(targets, warnings);
	if (!targets->volume_count)
		return 0;
	if (volume_check_all(targets, NULL, error) ||
	    provide_keys_list(options, error) ||
	    keyring_join_user_keyring(error))
		return -1;
	for (i = 0; i < targets->volume_count; i++) {
		if (kernel_keys_available(targets->volumes[i]))
			continue;
		kernel_keys_warn_of_stale(targets->volumes[i], warnings);
		if (check_source(targets->volumes[i], options, error))
			return -1;
	}
	return 0;
}

static int extend_key(const char *description,
		      const struct key_options *options, struct error *error)
{
	return volume_key_extend(description, options->timeout, error);
}

static int set_key_timeout(const char *description,
			   const struct key_options *options,
			   struct error *error)
{
	return volume_key_set_timeout(description, options->timeout, error);
}

static int drop_key(const char *description, const struct key_options *options,
		    struct error *error)
{
	(void)options;
	if (volume_key_invalidate(description, error))
		return error_prefix(
			error,
			"the key %s stays in the keyring until it expires",
			description);
	return 0;
}

/* Call @change for each volume whose key is in the keyring. */
static void for_each_linked_key(const struct text_list *luks_uuids,
				int (*change)(const char *description,
					      const struct key_options *options,
					      struct error *error),
				const struct key_options *options,
				struct text_list *warnings)
{
	struct error error;
	size_t i;

	for (i = 0; i < luks_uuids->count; i++) {
		char *description =
			volume_key_description(luks_uuids->items[i]);

		if (!volume_key_find(description, NULL) &&
		    change(description, options, &error))
			text_list_add(warnings, error.reason);
		free(description);
	}
}

void provide_keys_extend(const struct text_list *luks_uuids,
			 const struct key_options *options,
			 struct text_list *warnings)
{
	for_each_linked_key(luks_uuids, extend_key, options, warnings);
}

void provide_keys_done(const struct text_list *luks_uuids,
		       const struct key_options *options,
		       struct text_list *warnings)
{
	for_each_linked_key(luks_uuids,
			    options->keep ? set_key_timeout : drop_key, options,
			    warnings);
}

void provide_keys_drop(const struct text_list *luks_uuids,
		       struct text_list *warnings)
{
	for_each_linked_key(luks_uuids, drop_key, NULL, warnings);
}

/* Add a key that this links to @linked, by its volume. */
static int provide_key(const struct luks_volume *volume,
		       const struct key_options *options,
		       struct text_list *linked,
		       const struct messages *messages, struct error *error)
{
	const struct keyslot_source source = {
		.key_file = options->key_file,
		.show = messages->progress,
	};
	char *description = volume_key_description(volume->luks_uuid);
	int ret = 0;

	if (kernel_keys_in_keyring(volume))
		ret = extend_key(description, options, error);
	else if (!kernel_keys_available(volume)) {
		ret = volume_key_link(volume->device, description, &source,
				      options->timeout, error);
		if (!ret)
			text_list_add(linked, volume->luks_uuid);
	}
	free(description);
	return ret;
}

int provide_keys_check(const struct targets *targets,
		       struct text_list *warnings, struct error *error)
{
	size_t i;

	for (i = 0; i < targets->volume_count; i++)
		if (kernel_keys_in_keyring(targets->volumes[i]) &&
		    key_check(targets->volumes[i], warnings, error))
			return -1;
	return 0;
}

static int list_keys(const struct targets *targets,
		     const struct text_list *hidden, struct error *error)
{
	struct text_list luks_uuids = {};
	size_t i;
	int ret;

	for (i = 0; i < targets->volume_count; i++)
		text_list_add(&luks_uuids, targets->volumes[i]->luks_uuid);
	ret = key_items_set(&luks_uuids, hidden, error);
	text_list_release(&luks_uuids);
	return ret;
}

static void add_unless_linked(struct text_list *missing, const char *luks_uuid)
{
	char *description = volume_key_description(luks_uuid);

	if (volume_key_find(description, NULL))
		text_list_add(missing, luks_uuid);
	free(description);
}

/*
 * The keys of a loaded crash kernel end with it. Those that the keyring does not
 * have go back there; add them to @linked.
 */
static int hand_back(const struct targets *targets,
		     const struct text_list *hidden, struct text_list *linked,
		     struct error *error)
{
	struct text_list missing = {};
	size_t i;
	int ret;

	for (i = 0; i < targets->volume_count; i++)
		add_unless_linked(&missing, targets->volumes[i]->luks_uuid);
	for (i = 0; i < hidden->count; i++)
		add_unless_linked(&missing, hidden->items[i]);
	ret = missing.count && key_items_saved() > 0 ?
		      key_items_keep_saved(error) :
		      0;
	for (i = 0; i < missing.count; i++)
		text_list_add(linked, missing.items[i]);
	text_list_release(&missing);
	return ret;
}

static int provide_all(const struct targets *targets,
		       const struct text_list *hidden,
		       const struct key_options *options,
		       struct text_list *linked, struct messages *messages,
		       struct error *error)
{
	size_t i;

	for (i = 0; i < targets->volume_count; i++)
		if (provide_key(targets->volumes[i], options, linked, messages,
				error) ||
		    interruption_check(error))
			return -1;
	if (provide_keys_check(targets, &messages->warnings, error) ||
	    hand_back(targets, hidden, linked, error) ||
	    list_keys(targets, hidden, error))
		return -1;
	return interruption_check(error);
}

int provide_keys(const struct targets *targets, const struct text_list *hidden,
		 const struct key_options *options, struct messages *messages,
		 struct error *error)
{
	struct text_list linked = {};
	int ret;

	if (!targets->volume_count && !key_items_available())
		return interruption_check(error);
	ret = provide_all(targets, hidden, options, &linked, messages, error);
	/* Nobody waits for the next try, which would need the keys. */
	if (ret && interruption_check(error))
		provide_keys_drop(&linked, &messages->warnings);
	text_list_release(&linked);
	return ret;
}
