// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "tool/storage/lvm_parts.h"

/*
 * LVM reserves these parts of names, and gives UUIDs these ends. The personality
 * of a RAID volume is only found by its name if it is loaded already.
 */
static const struct {
	const char *name;
	const char *uuid_end;
	const char *modules[5];
} parts[] = {
	{ NULL, "-real", { NULL } }, /* has snapshots, or a cache */
	{ NULL, "-tpool", { "dm_thin_pool" } },
	{ "_tdata", NULL, { NULL } },
	{ "_tmeta", NULL, { NULL } },
	{ "_imeta", NULL, { "dm_integrity" } },
	{ "_iorig", NULL, { NULL } },
	{ "_rmeta_", NULL, { NULL } },
	{ "_rimage_",
	  NULL,
	  { "dm_raid", "raid0", "raid1", "raid10", "raid456" } },
	{ "_mlog", NULL, { NULL } },
	{ "_mimage_", NULL, { "dm_mirror" } },
	{ "_wcorig", NULL, { "dm_writecache" } },
	{ "_corig", NULL, { "dm_cache", "dm_cache_smq" } },
	{ "_cdata", NULL, { NULL } },
	{ "_cmeta", NULL, { NULL } },
	{ "_cvol", NULL, { NULL } },
	{ "-pvmove", NULL, { "dm_mirror" } }, /* while pvmove moves it */
};

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

int lvm_part_add_modules(struct text_list *modules, const char *dm_name,
			 const char *dm_uuid, struct error *error)
{
	bool is_known = false;
	size_t i, j;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].name ? !strstr(dm_name, parts[i].name) :
				    !ends_with(dm_uuid, parts[i].uuid_end))
			continue;
		is_known = true;
		for (j = 0; j < 5 && parts[i].modules[j]; j++)
			text_list_add_once(modules, parts[i].modules[j]);
	}
	if (is_known)
		return 0;
	if (ends_with(dm_uuid, "-cow"))
		return error_set(
			error, 0,
			"is a snapshot, which is lost when it is full: use the volume itself");
	return error_set(
		error, 0,
		"consists of other logical volumes (VDO or an unknown kind), which is not supported");
}
