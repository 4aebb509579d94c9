// SPDX-License-Identifier: GPL-2.0-or-later
#include <libdevmapper.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/keys/integrity_journal.h"

#define TARGET	"integrity"
#define JOURNAL "journal_sectors:"
#define SECTOR	512

long long integrity_journal_parse(const char *parameters)
{
	const char *found = strstr(parameters, " " JOURNAL);
	unsigned int sectors;

	if (!found || sscanf(found, " " JOURNAL "%u", &sectors) != 1)
		return 0;
	return (long long)sectors * SECTOR;
}

static long long read_table(const char *dm_name)
{
	struct dm_task *task = dm_task_create(DM_DEVICE_TABLE);
	char *type = NULL, *parameters = NULL;
	uint64_t start, length;
	long long size = 0;

	if (!task)
		return 0;
	if (dm_task_set_name(task, dm_name) && dm_task_run(task)) {
		dm_get_next_target(task, NULL, &start, &length, &type,
				   &parameters);
		if (type && parameters && !strcmp(type, TARGET))
			size = integrity_journal_parse(parameters);
	}
	dm_task_destroy(task);
	return size;
}

/* Return the name of dm-integrity, or NULL. The caller frees it. */
static char *find_integrity(const char *device, const char *slave)
{
	char *directory = xasprintf("%s/slaves/%s", device, slave);
	char *below = block_stack_luks_device(device, slave), *dm_name = NULL;

	/* The table of another LUKS volume may show its key. */
	if (strcmp(below, slave))
		dm_name = sysfs_read(directory, "dm/name");
	free(below);
	free(directory);
	return dm_name;
}

long long integrity_journal_size(const struct luks_volume *volume)
{
	char *device = xasprintf("/sys/class/block/%s",
				 strrchr(volume->mapping, '/') + 1);
	char *slaves = xasprintf("%s/slaves", device), *dm_name = NULL;
	struct text_list names = {};
	long long size = 0;

	sysfs_list(&names, slaves);
	if (names.count == 1)
		dm_name = find_integrity(device, names.items[0]);
	if (dm_name)
		size = read_table(dm_name);
	free(dm_name);
	text_list_release(&names);
	free(slaves);
	free(device);
	return size;
}
