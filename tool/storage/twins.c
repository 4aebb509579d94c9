// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/host/udev_data.h"
#include "tool/storage/target.h"
#include "tool/storage/twins.h"

#define UUID "ID_FS_UUID"

static char *read_uuid(const char *directory)
{
	char *file, *uuid;

	if (udev_data_exists())
		return udev_data_read(directory, UUID);
	file = sysfs_device_file(strrchr(directory, '/') + 1);
	uuid = target_device_uuid(file);
	free(file);
	return uuid;
}

/* The crash kernel opens no mapping but those that a dump needs. */
static bool is_there_after_crash(const char *directory)
{
	static const char *const others[] = { "loop", "ram", "zram", "nbd",
					      "sr",   "fd",  "dm-" };
	const char *name = strrchr(directory, '/') + 1;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (starts_with(name, others[i]))
			return false;
	return true;
}

static bool is_needed(const struct targets *targets, const char *directory)
{
	size_t i;

	for (i = 0; i < targets->count; i++)
		if (text_list_has(&targets->list[i].stack.devices, directory))
			return true;
	return false;
}

/* Add what is below the targets to @own, and the UUIDs to @uuids, in parallel. */
static void add_own(struct text_list *own, struct text_list *uuids,
		    const struct targets *targets)
{
	size_t i, j;

	for (i = 0; i < targets->count; i++) {
		const struct block_stack *stack = &targets->list[i].stack;

		for (j = 0; j < stack->devices.count; j++) {
			const char *directory = stack->devices.items[j];
			char *uuid = stack->is_suspended ?
					     udev_data_read(directory, UUID) :
					     read_uuid(directory);

			if (uuid && *uuid) {
				text_list_add(own, directory);
				text_list_add(uuids, uuid);
			}
			free(uuid);
		}
	}
}

static void compare(struct text_list *twins, const char *directory,
		    const struct text_list *own, const struct text_list *uuids,
		    const char *sysfs)
{
	char *uuid = read_uuid(directory);
	size_t i;

	for (i = 0; uuid && i < uuids->count; i++) {
		char *file, *other, *name;

		if (strcmp(uuids->items[i], uuid))
			continue;
		file = sysfs_device_file(strrchr(directory, '/') + 1);
		other = sysfs_device_file(strrchr(own->items[i], '/') + 1);
		name = sysfs_familiar_device(sysfs, other);
		text_list_addf(twins, "%s has the UUID of %s, too (%s)", file,
			       name, uuid);
		free(name);
		free(other);
		free(file);
		break;
	}
	free(uuid);
}

void twins_find(struct text_list *twins, const struct targets *targets,
		const char *sysfs)
{
	char *class = xasprintf("%s/class/block", sysfs);
	struct text_list names = {}, own = {}, uuids = {};
	size_t i;

	add_own(&own, &uuids, targets);
	sysfs_list(&names, class);
	text_list_sort(&names);
	for (i = 0; i < names.count; i++) {
		char *link = xasprintf("%s/%s", class, names.items[i]);
		char *directory = realpath(link, NULL);

		if (directory && is_there_after_crash(directory) &&
		    !is_needed(targets, directory))
			compare(twins, directory, &own, &uuids, sysfs);
		free(directory);
		free(link);
	}
	text_list_release(&names);
	text_list_release(&own);
	text_list_release(&uuids);
	free(class);
}
