// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "../lib/xalloc.h"
#include "block_stack.h"
#include "open_volumes.h"
#include "sysfs.h"

/* For the caller to free; NULL where it is no open LUKS volume. */
static char *find_luks_uuid(const char *directory)
{
	char *dm_uuid = sysfs_read(directory, "dm/uuid");
	char *luks_uuid = dm_uuid ? block_stack_luks_uuid(dm_uuid) : NULL;

	free(dm_uuid);
	return luks_uuid;
}

/* For the caller to free; NULL where the disk was taken away. */
static char *find_device_below(const char *directory)
{
	char *slaves = xasprintf("%s/slaves", directory);
	struct text_list names = { };
	char *device = NULL;

	sysfs_list(&names, slaves);
	if (names.count)
		device = sysfs_device_file(names.items[0]);
	text_list_release(&names);
	free(slaves);
	return device;
}

static void look_at(const char *directory, const char *name,
		    open_volume_found found, void *context)
{
	char *luks_uuid = find_luks_uuid(directory), *device, *mapping;

	if (!luks_uuid)
		return;
	device = find_device_below(directory);
	mapping = sysfs_device_file(name);
	found(&(struct open_volume) { luks_uuid, device, mapping }, context);
	free(mapping);
	free(device);
	free(luks_uuid);
}

void open_volumes_for_each(const char *sysfs, open_volume_found found,
			   void *context)
{
	char *block = xasprintf("%s/block", sysfs);
	struct text_list names = { };
	size_t i;

	sysfs_list(&names, block);
	for (i = 0; i < names.count; i++) {
		char *directory = xasprintf("%s/%s", block, names.items[i]);

		look_at(directory, names.items[i], found, context);
		free(directory);
	}
	text_list_release(&names);
	free(block);
}

static void add_device(const struct open_volume *volume, void *devices)
{
	if (volume->device)
		text_list_add_once(devices, volume->device);
}

void open_volumes_find(struct text_list *devices, const char *sysfs)
{
	open_volumes_for_each(sysfs, add_device, devices);
}
