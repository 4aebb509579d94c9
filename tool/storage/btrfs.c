// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text_list.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/storage/btrfs.h"

/* Return true if @link in sysfs is the block device that is called @name. */
static bool is_device_of(const char *link, const char *name)
{
	char *dm_name = sysfs_read(link, "dm/name");
	bool same = !strcmp(strrchr(link, '/') + 1, name) ||
		    (dm_name && !strcmp(dm_name, name));

	free(dm_name);
	return same;
}

/*
 * Return the link that /sys/fs/btrfs has for the device @source. All devices of
 * the same filesystem have a link beside it. Return NULL if there is no link.
 */
static char *find_link(const char *source, const char *sysfs)
{
	char *pattern = xasprintf("%s/fs/btrfs/*/devices/*", sysfs);
	char *file = realpath(source, NULL) ?: xstrdup(source);
	const char *slash = strrchr(file, '/');
	char *link = NULL;
	glob_t found;
	size_t i;

	if (!glob(pattern, GLOB_NOSORT, NULL, &found)) {
		for (i = 0; i < found.gl_pathc && !link; i++)
			if (is_device_of(found.gl_pathv[i],
					 slash ? slash + 1 : file))
				link = xstrdup(found.gl_pathv[i]);
		globfree(&found);
	}
	free(file);
	free(pattern);
	return link;
}

/* The device number of a mounted Btrfs is not that of a block device. */
int btrfs_find_devices(struct text_list *devices, const char *path,
		       const char *source, const char *sysfs,
		       struct error *error)
{
	char *link = find_link(source, sysfs);
	struct text_list names = {};
	size_t i;

	if (!link)
		return error_set(
			error, 0,
			"cannot find the device of the Btrfs at %s (%s)", path,
			source);
	*strrchr(link, '/') = '\0';
	sysfs_list(&names, link);
	text_list_sort(&names);
	for (i = 0; i < names.count; i++) {
		char *name = xasprintf("%s/%s", link, names.items[i]);
		char *device = realpath(name, NULL);

		if (device)
			text_list_add(devices, device);
		free(device);
		free(name);
	}
	text_list_release(&names);
	free(link);
	return 0;
}
