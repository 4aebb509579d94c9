// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "../lib/text_list.h"
#include "key_items.h"
#include "link_file.h"
#include "setup.h"

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

int setup_link(struct setup *setup)
{
	struct text_list uuids = { };
	size_t i;
	int ret = 0;

	for (i = 0; i < setup->targets.volume_count; i++)
		text_list_add_once(&uuids, setup->targets.volumes[i]->luks_uuid);
	/* A kernel that needs no module takes no key by itself, either. */
	if (uuids.count && key_items_are_built_in())
		setup_crypttab(setup);
	else if (uuids.count)
		ret = want_options(setup, &uuids);
	text_list_release(&uuids);
	return ret;
}
