// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "tool/arm/armed_state.h"
#include "tool/arm/kernel_keys.h"
#include "tool/arm/loaded_keys.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/keys/key_check.h"
#include "tool/keys/key_items.h"
#include "tool/keys/volume_key.h"

static int find_in_keyring(const struct luks_volume *volume,
			   struct error *error)
{
	char *description = volume_key_description(volume->luks_uuid);
	int ret = volume_key_find(description, error);

	free(description);
	return ret;
}

bool kernel_keys_in_keyring(const struct luks_volume *volume)
{
	return !find_in_keyring(volume, NULL);
}

/*
 * Return true if the loaded crash kernel has a key for the volume. The caller
 * then releases @state.
 */
static bool was_loaded(const struct luks_volume *volume,
		       struct armed_state *state)
{
	if (!crash_kernel_is_loaded() || key_items_saved() <= 0 ||
	    armed_state_read(state, NULL))
		return false;
	if (!key_items_lack(volume->luks_uuid) &&
	    (text_list_has(&state->luks_uuids, volume->luks_uuid) ||
	     text_list_has(&state->hidden_luks_uuids, volume->luks_uuid)))
		return true;
	armed_state_release(state);
	return false;
}

bool kernel_keys_available(const struct luks_volume *volume)
{
	struct armed_state state;
	bool found = kernel_keys_in_keyring(volume);

	if (!found && was_loaded(volume, &state)) {
		found = loaded_keys_include(&state, volume->device);
		armed_state_release(&state);
	}
	return found;
}

int kernel_keys_check(const struct luks_volume *volume,
		      struct text_list *warnings, struct error *error)
{
	if (!kernel_keys_available(volume))
		return error_set(
			error, ENOKEY,
			"it is not in the keyring: run kdump-crypt setup, which links it whenever the volume is opened, open the volume again, and run kdump-crypt load");
	/*
	 * Nobody has verified a key in the keyring yet. A key in the loaded
	 * crash kernel was verified when that was loaded.
	 */
	return kernel_keys_in_keyring(volume) ?
		       key_check(volume, warnings, error) :
		       0;
}

void kernel_keys_warn_of_stale(const struct luks_volume *volume,
			       struct text_list *warnings)
{
	struct armed_state state;
	struct error error;

	if (find_in_keyring(volume, &error) && error.number == EKEYEXPIRED)
		text_list_add(warnings,
			      "the volume key in the keyring has expired");
	if (was_loaded(volume, &state)) {
		text_list_addf(
			warnings,
			"the key of the LUKS volume on %s has changed since the crash kernel was loaded",
			volume->device);
		armed_state_release(&state);
	}
}
