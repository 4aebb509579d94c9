// SPDX-License-Identifier: GPL-2.0-or-later
#include <blkid/blkid.h>
#include <stdlib.h>

#include "tool/arm/loaded_keys.h"
#include "tool/keys/volume_header.h"

bool loaded_keys_include(const struct armed_state *state, const char *device)
{
	char *digest = volume_key_digest(device, NULL);
	bool loaded = digest && text_list_has(&state->key_digests, digest);

	free(digest);
	return loaded;
}

bool loaded_keys_are_current(const struct armed_state *state)
{
	bool loaded = true;
	size_t i;

	for (i = 0; i < state->luks_uuids.count && loaded; i++) {
		char *device = blkid_evaluate_tag("UUID",
						  state->luks_uuids.items[i],
						  NULL);

		loaded = !device || loaded_keys_include(state, device);
		free(device);
	}
	return loaded;
}
