// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>

#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/keys/open_volumes.h"
#include "tool/storage/block_stack.h"

/* Return NULL if it is no open LUKS volume. The caller frees it. */
static char *find_luks_uuid(const char *directory)
{
	char *dm_uuid = sysfs_read(directory, "dm/uuid");
	char *luks_uuid = dm_uuid ? block_stack_luks_uuid(dm_uuid) : NULL;

	free(dm_uuid);
	return luks_uuid;
}

/* Return NULL if the disk is gone. The caller frees it. */
static char *find_device_below(const char *directory)
{
	char *slaves = xasprintf("%s/slaves", directory);
	struct text_list names = {};
	char *device = NULL;

	sysfs_list(&names, slaves);
	if (names.count) {
		char *name = block_stack_luks_device(directory, names.items[0]);

		device = sysfs_device_file(name);
		free(name);
	}
	text_list_release(&names);
	free(slaves);
	return device;
}

static bool is_suspended(const char *directory)
{
	char *suspended = sysfs_read(directory, "dm/suspended");
	bool is = suspended && *suspended == '1';

	free(suspended);
	return is;
}

static void for_each_block_device(const char *sysfs,
				  void (*visit)(const char *directory,
						const char *name,
						void *context),
				  void *context)
{
	char *block = xasprintf("%s/block", sysfs);
	struct text_list names = {};
	size_t i;

	sysfs_list(&names, block);
	for (i = 0; i < names.count; i++) {
		char *directory = xasprintf("%s/%s", block, names.items[i]);

		visit(directory, names.items[i], context);
		free(directory);
	}
	text_list_release(&names);
	free(block);
}

struct search {
	open_volume_found found;
	void *context;
};

static void look_at(const char *directory, const char *name, void *context)
{
	char *luks_uuid = find_luks_uuid(directory), *device, *mapping;
	const struct search *search = context;

	if (!luks_uuid)
		return;
	device = find_device_below(directory);
	mapping = sysfs_device_file(name);
	search->found(&(struct open_volume) { luks_uuid, device, mapping,
					      is_suspended(directory) },
		      search->context);
	free(mapping);
	free(device);
	free(luks_uuid);
}

void open_volumes_for_each(const char *sysfs, open_volume_found found,
			   void *context)
{
	for_each_block_device(sysfs, look_at,
			      &(struct search) { found, context });
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

static bool is_encrypted_otherwise(const char *directory)
{
	static const char *const kinds[] = { "CRYPT-PLAIN-",   "CRYPT-LOOPAES-",
					     "CRYPT-TCRYPT-",  "CRYPT-BITLK-",
					     "CRYPT-FVAULT2-", NULL };
	char *dm_uuid = sysfs_read(directory, "dm/uuid");
	bool found = dm_uuid && starts_with_any(dm_uuid, kinds);

	free(dm_uuid);
	return found;
}

static void add_encrypted_otherwise(const char *directory, const char *name,
				    void *mappings)
{
	char *mapping;

	if (!is_encrypted_otherwise(directory))
		return;
	mapping = sysfs_device_file(name);
	text_list_add(mappings, mapping);
	free(mapping);
}

void open_volumes_find_others(struct text_list *mappings, const char *sysfs)
{
	for_each_block_device(sysfs, add_encrypted_otherwise, mappings);
}
