// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>

#include "../lib/xalloc.h"
#include "block_stack.h"
#include "open_volumes.h"
#include "sysfs.h"

static bool is_open_volume(const char *directory)
{
	char *dm_uuid = sysfs_read(directory, "dm/uuid");
	char *luks_uuid = dm_uuid ? block_stack_luks_uuid(dm_uuid) : NULL;
	bool is = luks_uuid;

	free(luks_uuid);
	free(dm_uuid);
	return is;
}

static void add_device_below(struct text_list *devices, const char *directory)
{
	char *slaves = xasprintf("%s/slaves", directory);
	struct text_list names = { };
	char *device;

	sysfs_list(&names, slaves);
	/* One whose disk was taken away has none. */
	if (names.count) {
		device = sysfs_device_file(names.items[0]);
		text_list_add_once(devices, device);
		free(device);
	}
	text_list_release(&names);
	free(slaves);
}

void open_volumes_find(struct text_list *devices, const char *sysfs)
{
	char *block = xasprintf("%s/block", sysfs);
	struct text_list names = { };
	size_t i;

	sysfs_list(&names, block);
	for (i = 0; i < names.count; i++) {
		char *directory = xasprintf("%s/%s", block, names.items[i]);

		if (is_open_volume(directory))
			add_device_below(devices, directory);
		free(directory);
	}
	text_list_release(&names);
	free(block);
}
