// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/disk_identity.h"
#include "lib/lvm_id.h"
#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/check/chain.h"
#include "tool/host/crypttab.h"
#include "tool/host/sysfs.h"
#include "tool/host/udev_data.h"
#include "tool/keys/detached_header.h"
#include "tool/keys/volume_header.h"

#define LVM_PREFIX "LVM-"

static struct chain_link *add_link(struct chain *chain, const char *kind,
				   char *name)
{
	chain->links = xrealloc(chain->links,
				(chain->count + 1) * sizeof(*chain->links));
	chain->links[chain->count] = (struct chain_link) {
		.kind = kind,
		.name = name,
	};
	return &chain->links[chain->count++];
}

/* Frees @value. */
static void add_fact(struct chain_link *link, const char *key, char *value)
{
	if (value && *value)
		text_list_addf(&link->facts, "%s=%s", key, value);
	free(value);
}

/* Return true if @file in the initramfs, up to its ".ko", is the module @name. */
static bool is_module(const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	size_t i;

	file = slash ? slash + 1 : file;
	for (i = 0; name[i]; i++)
		if (file[i] != name[i] && !(strchr("-_", file[i]) && file[i] &&
					    strchr("-_", name[i])))
			return false;
	return starts_with(file + i, ".ko");
}

/* A module of the plan is "FILE OPTIONS". */
static char *find_options(const struct text_list *modules, const char *name)
{
	size_t i;

	for (i = 0; i < modules->count; i++) {
		const char *blank = strchr(modules->items[i], ' ');
		char *file = xasprintf("%.*s",
				       (int)strcspn(modules->items[i], " "),
				       modules->items[i]);
		bool same = is_module(file, name);

		free(file);
		if (same)
			return blank ? xstrdup(blank + 1) : NULL;
	}
	return NULL;
}

static void add_drivers(struct chain *chain, const char *device,
			const struct text_list *modules)
{
	struct text_list drivers = {};
	size_t i;

	sysfs_add_drivers(&drivers, device);
	/* The disk's own driver comes first there. */
	for (i = drivers.count; i-- > 0;) {
		const char *name = drivers.items[i];

		add_fact(add_link(chain, "driver", xstrdup(name)), "options",
			 find_options(modules, name));
	}
	text_list_release(&drivers);
}

static void add_disk(struct chain *chain, const char *device, const char *file,
		     char *name, const struct text_list *modules)
{
	add_drivers(chain, device, modules);
	disk_identity_read(&add_link(chain, "disk", name)->facts, file, "/sys");
}

static void add_partition(struct chain *chain, const char *device,
			  const char *file, char *name)
{
	struct chain_link *link = add_link(chain, "partition", name);

	add_fact(link, "partition", sysfs_read(device, "partition"));
	add_fact(link, "uuid", udev_data_read(device, "ID_PART_ENTRY_UUID"));
	add_fact(link, "size", sysfs_read(device, "size"));
	add_fact(link, "content", target_device_uuid(file));
}

static void add_array(struct chain *chain, const char *device, char *name)
{
	struct chain_link *link = add_link(chain, "array", name);

	add_fact(link, "uuid", sysfs_read(device, "md/uuid"));
	add_fact(link, "level", sysfs_read(device, "md/level"));
	add_fact(link, "disks", sysfs_read(device, "md/raid_disks"));
	add_fact(link, "missing", sysfs_read(device, "md/degraded"));
}

static void add_luks_volume(struct chain *chain, const struct target *target,
			    const char *file, char *name, char *uuid)
{
	struct chain_link *link = add_link(chain, "LUKS volume", name);
	const struct block_stack *stack = &target->stack;
	size_t i;

	add_fact(link, "uuid", uuid);
	for (i = 0; i < stack->volume_count; i++) {
		const struct luks_volume *volume = &stack->volumes[i];

		if (strcmp(volume->mapping, file))
			continue;
		add_fact(link, "cipher", volume_cipher(volume->device, NULL));
		add_fact(link, "header",
			 detached_header_find(volume->device, CRYPTTAB));
	}
}

static char *format_id(const char *id)
{
	char formatted[LVM_ID_SIZE];

	lvm_id_format(formatted, id);
	return xstrdup(formatted);
}

static void add_logical_volume(struct chain *chain, char *name,
			       const char *dm_uuid)
{
	struct chain_link *link = add_link(chain, "logical volume", name);
	const char *ids = dm_uuid + strlen(LVM_PREFIX);

	if (strlen(ids) < 2 * LVM_ID_LENGTH)
		return;
	add_fact(link, "vg_uuid", format_id(ids));
	add_fact(link, "lv_uuid", format_id(ids + LVM_ID_LENGTH));
}

static void add_mapping(struct chain *chain, const struct target *target,
			const char *device, const char *file, char *name)
{
	char *dm_uuid = sysfs_read(device, "dm/uuid") ?: xstrdup("");
	char *luks_uuid = block_stack_luks_uuid(dm_uuid);

	if (luks_uuid)
		add_luks_volume(chain, target, file, name, luks_uuid);
	else if (starts_with(dm_uuid, LVM_PREFIX))
		add_logical_volume(chain, name, dm_uuid);
	else
		add_fact(add_link(chain, "mapping", name), "dm",
			 xstrdup(dm_uuid));
	free(dm_uuid);
}

static void add_device(struct chain *chain, const struct target *target,
		       const char *device, const struct text_list *modules)
{
	char *file = sysfs_device_file(strrchr(device, '/') + 1);
	char *name = sysfs_familiar_device("/sys", file);

	if (sysfs_has(device, "partition"))
		add_partition(chain, device, file, name);
	else if (sysfs_has(device, "dm"))
		add_mapping(chain, target, device, file, name);
	else if (sysfs_has(device, "md"))
		add_array(chain, device, name);
	else
		add_disk(chain, device, file, name, modules);
	free(file);
}

static void add_filesystem(struct chain *chain, const struct target *target)
{
	struct chain_link *link =
		add_link(chain, "filesystem", xstrdup(target->filesystem_type));

	add_fact(link, "uuid", target_filesystem_uuid(target, NULL));
	add_fact(link, "directory", xstrdup(target->directory));
	add_fact(link, "options", xstrdup_or_null(target->mount_options));
}

void chain_find(struct chain *chain, const struct target *target,
		const struct text_list *modules)
{
	const struct text_list *devices = &target->stack.devices;
	size_t i;

	*chain = (struct chain) { .path = xstrdup(target->path) };
	for (i = devices->count; i-- > 0;)
		add_device(chain, target, devices->items[i], modules);
	add_filesystem(chain, target);
}

void chain_release(struct chain *chain)
{
	size_t i;

	for (i = 0; i < chain->count; i++) {
		free(chain->links[i].name);
		text_list_release(&chain->links[i].facts);
	}
	free(chain->links);
	free(chain->path);
	memset(chain, 0, sizeof(*chain));
}
