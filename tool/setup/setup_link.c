// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "lib/text_list.h"
#include "lib/xalloc.h"
#include "tool/arm/dump_secrets.h"
#include "tool/keys/key_items.h"
#include "tool/keys/other_volumes.h"
#include "tool/setup/setup.h"

/* See modprobe.d(5), and crash_dm_crypt(4) for the options. */
#define LINK_DIRECTORY "/etc/modprobe.d"
#define LINK_FILE      "kdump-crypt.conf"

/*
 * Seconds from opening the volume to the service that arms. A boot may check
 * filesystems in between. The service invalidates the key in any case.
 */
#define TIMEOUT "1800"

/*
 * Return the content of the file that has the module take the keys of volumes
 * when they are opened. @uuids are separated by commas. The caller frees it.
 *
 * Because of the soft dependency, the module is loaded before dm-crypt, and is
 * included in the boot initramfs if dm-crypt is, together with this file. If
 * the module is missing, dm-crypt is still loaded.
 */
static char *link_file_content(const char *uuids)
{
	return xasprintf(
		"# Written by kdump-crypt setup; kdump-crypt setup --undo removes it.\n"
		"#\n"
		"# Load the module before dm-crypt, also in the boot initramfs. It takes the keys\n"
		"# of these LUKS volumes when they are opened.\n"
		"options crash_dm_crypt link=%s link_timeout=" TIMEOUT "\n"
		"softdep dm_crypt pre: crash_dm_crypt",
		uuids);
}

static int want_options(struct setup *setup, const struct text_list *uuids,
			struct error *error)
{
	char *joined = text_list_join(uuids, ",");
	char *content = link_file_content(joined);
	int ret = setup_want_file(setup, LINK_DIRECTORY, LINK_FILE, content,
				  UPDATE_INITRAMFS, error);

	setup_report(setup, "Key",
		     "taken by the module when the volume is opened");
	free(content);
	free(joined);
	return ret;
}

/* Add the volumes that take the dump, and those whose keys it must not show. */
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

int setup_link(struct setup *setup, struct error *error)
{
	struct text_list uuids = {};
	int ret = 0;

	add_volumes(setup, &uuids);
	/* A kernel that needs no module does not take a key by itself. */
	if (uuids.count && key_items_are_built_in())
		setup_crypttab(setup);
	else if (uuids.count)
		ret = want_options(setup, &uuids, error);
	text_list_release(&uuids);
	return ret;
}
