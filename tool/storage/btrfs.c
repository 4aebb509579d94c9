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
char *btrfs_find_device(const char *path, const char *source, const char *sysfs,
			struct error *error)
{
	char *link = find_link(source, sysfs);
	char *device = link ? realpath(link, NULL) : NULL;
	struct text_list devices = {};

	if (device) {
		*strrchr(link, '/') = '\0';
		sysfs_list(&devices, link);
	}
	if (devices.count > 1)
		error_set(
			error, 0,
			"the Btrfs at %s lies on %zu devices, which is not supported: use one with a single device",
			path, devices.count);
	else if (!devices.count)
		error_set(error, 0,
			  "cannot find the device of the Btrfs at %s (%s)",
			  path, source);
	if (devices.count != 1) {
		free(device);
		device = NULL;
	}
	text_list_release(&devices);
	free(link);
	return device;
}
