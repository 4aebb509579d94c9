// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "lib/xalloc.h"
#include "tool/arm/dump_secrets.h"
#include "tool/arm/loaded_keys.h"
#include "tool/check/check_facts.h"
#include "tool/keys/key_check.h"
#include "tool/keys/key_items.h"
#include "tool/keys/open_volumes.h"
#include "tool/keys/other_volumes.h"
#include "tool/keys/volume_key.h"

void check_key_items(struct check *check, struct facts *facts)
{
	const struct targets *targets = &facts->targets;
	size_t i;

	if (!facts_have_keys(facts))
		return;
	if (!key_items_available()) {
		check_fail(
			check, CHECK_LOAD,
			"the module crash_dm_crypt, which keeps the list of key items, is no longer loaded");
		return;
	}
	for (i = 0; i < targets->volume_count; i++) {
		const char *uuid = targets->volumes[i]->luks_uuid;

		if (!key_items_has(uuid)) {
			check_warn(
				check, facts_how_to_load(facts),
				"the LUKS volume %s has no key item: if another tool loads a crash kernel, it will not have that key",
				uuid);
			return;
		}
	}
	check_pass(check, "each LUKS volume has a key item");
}

/* Return the UUID of a volume that takes dumps. NULL: all keys are saved. */
static const char *find_lost_key(const struct targets *targets)
{
	size_t i;

	for (i = 0; i < targets->volume_count; i++)
		if (key_items_lack(targets->volumes[i]->luks_uuid))
			return targets->volumes[i]->luks_uuid;
	return NULL;
}

/* Return the device of a LUKS volume whose key is not saved. NULL: none. */
static char *find_exposed(const struct facts *facts)
{
	struct other_volumes others;
	char *device = NULL;
	size_t i;

	other_volumes_find(&others, &facts->targets);
	for (i = 0; i < others.count && !device; i++)
		if (!text_list_has(&facts->armed.hidden_luks_uuids,
				   others.list[i].luks_uuid))
			device = xstrdup(others.list[i].device);
	other_volumes_release(&others);
	return device;
}

static void check_hiding(struct check *check, struct facts *facts,
			 long long saved)
{
	char *device = NULL, *exposed = NULL;
	struct text_list not_luks = {};

	if (facts->config.hide_keys && !key_items_are_built_in()) {
		device = find_exposed(facts);
		exposed = loaded_keys_exposed(&facts->armed);
		open_volumes_find_others(&not_luks, "/sys");
	}
	if (device)
		check_warn(
			check, facts_how_to_load(facts),
			"a dump would contain the key of the LUKS volume on %s, which was not saved",
			device);
	else if (exposed)
		check_warn(check, facts_how_to_load(facts), "%s", exposed);
	else if (not_luks.count)
		check_warn(
			check, "protect dumps as you protect that key",
			"a dump would contain the key of %s, which is not a LUKS volume",
			not_luks.items[0]);
	else
		check_pass(check, "the keys are in reserved memory: %lld",
			   saved);
	text_list_release(&not_luks);
	free(exposed);
	free(device);
}

void check_saved_keys(struct check *check, struct facts *facts)
{
	const char *lost = find_lost_key(&facts->targets);
	size_t needed = facts->targets.volume_count;
	long long saved = key_items_saved();

	if (!facts_have_keys(facts) || !key_items_available())
		return;
	if (saved < 0)
		check_pass(
			check,
			"this kernel does not report the number of saved keys");
	else if ((size_t)saved < needed)
		check_fail(
			check, CHECK_LOAD,
			"keys in reserved memory: only %lld of the needed %zu",
			saved, needed);
	else if (lost)
		check_fail(
			check, CHECK_LOAD,
			"the key of the LUKS volume %s has left reserved memory, because the volume was suspended",
			lost);
	else
		check_hiding(check, facts, saved);
}

static void check_loaded_keys(struct check *check, const struct facts *facts)
{
	const struct targets *targets = &facts->targets;
	size_t i;

	for (i = 0; i < targets->volume_count; i++)
		if (!loaded_keys_include(&facts->armed,
					 targets->volumes[i]->device)) {
			check_fail(
				check, facts_how_to_load(facts),
				"the key of the LUKS volume on %s has changed since the crash kernel was loaded",
				targets->volumes[i]->device);
			return;
		}
	check_pass(
		check,
		"each volume key was verified when the crash kernel was loaded, and has not changed since");
}

/* Return 0 if the key is right, 1 if there is none, or -1. */
static int try_key(const struct luks_volume *volume, struct text_list *warnings,
		   struct error *error)
{
	char *description = volume_key_description(volume->luks_uuid);
	bool found = !volume_key_find(description, NULL);

	free(description);
	return found ? key_check(volume, warnings, error) : 1;
}

static void check_keys_to_load(struct check *check, const struct facts *facts)
{
	const struct targets *targets = &facts->targets;
	struct text_list warnings = {};
	struct error error;
	size_t missing = 0, i;
	int ret = 0;

	for (i = 0; i < targets->volume_count && ret >= 0; i++) {
		ret = try_key(targets->volumes[i], &warnings, &error);
		missing += ret == 1;
	}
	if (ret < 0)
		check_fail_for(check, CHECK_LOAD, &error, &warnings);
	else if (missing)
		check_warn(check, "have the passphrase or a key file ready",
			   "a volume key is not in the keyring");
	else
		check_pass(
			check,
			"each volume key is in the keyring and was verified on its LUKS volume");
	text_list_release(&warnings);
}

void check_volume_key(struct check *check, struct facts *facts)
{
	if (facts_have_keys(facts))
		check_loaded_keys(check, facts);
	else if (facts->targets.volume_count)
		check_keys_to_load(check, facts);
}
