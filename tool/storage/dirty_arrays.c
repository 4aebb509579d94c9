// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/storage/dirty_arrays.h"

static bool is_one_of(const char *value, const char *one, const char *other,
		      const char *third)
{
	return value && (!strcmp(value, one) || !strcmp(value, other) ||
			 (third && !strcmp(value, third)));
}

static bool has_text_with(const struct text_list *list, const char *part)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (strstr(list->items[i], part))
			return true;
	return false;
}

/*
 * Without all disks the parity cannot be made to match what was being written,
 * so blocks that nobody wrote may come back wrong. A log of the writes prevents
 * that.
 */
static bool may_not_start(const struct text_list *layers, const char *device)
{
	char *uuid = sysfs_read(device, "md/uuid");
	char *level = sysfs_read(device, "md/level");
	char *missing = sysfs_read(device, "md/degraded");
	char *policy = sysfs_read(device, "md/consistency_policy");
	bool found = uuid && *uuid && has_text_with(layers, uuid) &&
		     is_one_of(level, "raid4", "raid5", "raid6") && missing &&
		     strcmp(missing, "0") &&
		     !is_one_of(policy, "ppl", "journal", NULL);

	free(policy);
	free(missing);
	free(level);
	free(uuid);
	return found;
}

char *dirty_arrays_problem(const struct text_list *layers, const char *sysfs)
{
	char *directory = xasprintf("%s/block", sysfs), *problem = NULL;
	struct text_list devices = {}, found = {};
	char *names;
	size_t i;

	sysfs_list(&devices, directory);
	for (i = 0; i < devices.count; i++) {
		char *device = xasprintf("%s/%s", directory, devices.items[i]);

		if (may_not_start(layers, device))
			text_list_add(&found, devices.items[i]);
		free(device);
	}
	names = text_list_join(&found, ", ");
	if (names)
		problem = xasprintf(
			"the RAID array %s is degraded, and the crash kernel cannot start it if the crash interrupts a write: replace the missing disk, or set start_dirty_degraded to yes in the configuration and load again",
			names);
	free(names);
	text_list_release(&found);
	text_list_release(&devices);
	free(directory);
	return problem;
}
