// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "tool/arm/armed_state.h"
#include "tool/arm/renew_module.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/keys/key_items.h"
#include "tool/keys/volume_key.h"

static bool all_in_keyring(const struct text_list *luks_uuids)
{
	bool found = true;
	size_t i;

	for (i = 0; i < luks_uuids->count && found; i++) {
		char *description =
			volume_key_description(luks_uuids->items[i]);

		found = !volume_key_find(description, NULL);
		free(description);
	}
	return found;
}

/* Return true if no key is lost when the crash kernel is unloaded. */
static bool keys_are_kept(void)
{
	struct armed_state armed;
	bool kept;

	if (key_items_saved() <= 0)
		return true;
	if (key_items_keep_saved(NULL) || armed_state_read(&armed, NULL))
		return false;
	/* The module of an older version does not hand keys back. */
	kept = all_in_keyring(&armed.luks_uuids) &&
	       all_in_keyring(&armed.hidden_luks_uuids);
	armed_state_release(&armed);
	return kept;
}

static int replace(const char *version, struct error *error)
{
	if (crash_kernel_unload(error) || armed_state_remove(error) ||
	    key_items_clear(error) || key_items_remove_module(error) ||
	    key_items_prepare(error) || key_items_check_module(version, error))
		return error_prefix(
			error,
			"no crash kernel is loaded any more, as the upgraded module crash_dm_crypt could not be put in place: reboot");
	return 0;
}

int renew_module(const char *version, struct error *error)
{
	if (!key_items_check_module(version, error))
		return 0;
	if (error->number != ESTALE || key_items_has_foreign() ||
	    !keys_are_kept())
		return -1;
	return replace(version, error);
}
