// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "lib/xalloc.h"
#include "tool/arm/loaded_keys.h"
#include "tool/keys/key_items.h"
#include "tool/keys/open_volumes.h"
#include "tool/keys/volume_header.h"

bool loaded_keys_include(const struct armed_state *state, const char *device)
{
	char *digest = volume_key_digest(device, NULL);
	bool loaded = digest && text_list_has(&state->key_digests, digest);

	free(digest);
	return loaded;
}

struct exposure {
	const struct armed_state *state;
	char *luks_uuid;
};

static void look_for_exposed(const struct open_volume *volume, void *context)
{
	struct exposure *exposure = context;

	if (!exposure->luks_uuid && !volume->is_suspended &&
	    text_list_has(&exposure->state->hidden_luks_uuids,
			  volume->luks_uuid) &&
	    key_items_lack(volume->luks_uuid))
		exposure->luks_uuid = xstrdup(volume->luks_uuid);
}

char *loaded_keys_exposed(const struct armed_state *state)
{
	struct exposure exposure = { .state = state };
	char *text;

	open_volumes_for_each("/sys", look_for_exposed, &exposure);
	if (!exposure.luks_uuid)
		return NULL;
	text = xasprintf(
		"a dump would contain the key of the LUKS volume %s, which was suspended since the crash kernel was loaded",
		exposure.luks_uuid);
	free(exposure.luks_uuid);
	return text;
}
