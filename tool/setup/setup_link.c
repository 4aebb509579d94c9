// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "lib/text_list.h"
#include "tool/arm/dump_secrets.h"
#include "tool/keys/key_items.h"
#include "tool/keys/other_volumes.h"
#include "tool/setup/link_file.h"
#include "tool/setup/setup.h"

static int want_options(struct setup *setup, const struct text_list *uuids)
{
	char *joined = text_list_join(uuids, ",");
	char *content = link_file_content(joined);
	int ret = setup_want_file(setup, LINK_DIRECTORY, LINK_FILE, content,
				  UPDATE_INITRAMFS);

	setup_print("Key", "taken by the module as the volume is opened");
	free(content);
	free(joined);
	return ret;
}

/* Those that take the dump, and those whose keys it is not to contain. */
static void add_volumes(const struct setup *setup, struct text_list *uuids)
{
	struct other_volumes others = {};
	size_t i;

	for (i = 0; i < setup->targets.volume_count; i++)
		text_list_add_once(uuids, setup->targets.volumes[i]->luks_uuid);
	if (setup->config.hide_keys && !key_items_are_built_in())
		other_volumes_find(&others, &setup->targets);
	for (i = 0; i < others.count; i++)
		text_list_add_once(uuids, others.list[i].luks_uuid);
	other_volumes_release(&others);
}

int setup_link(struct setup *setup)
{
	struct text_list uuids = {};
	int ret = 0;

	add_volumes(setup, &uuids);
	/* A kernel that needs no module takes no key by itself, either. */
	if (uuids.count && key_items_are_built_in())
		setup_crypttab(setup);
	else if (uuids.count)
		ret = want_options(setup, &uuids);
	text_list_release(&uuids);
	return ret;
}
