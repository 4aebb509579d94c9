// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <linux/btrfs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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
 * Return the directory of /sys/fs/btrfs that has a link for the device @source.
 * All devices of the same filesystem have a link there. Return NULL if there is
 * none.
 */
static char *find_directory(const char *source, const char *sysfs)
{
	char *pattern = xasprintf("%s/fs/btrfs/*/devices/*", sysfs);
	char *file = realpath(source, NULL) ?: xstrdup(source);
	const char *slash = strrchr(file, '/');
	char *directory = NULL;
	glob_t found;
	size_t i;

	if (!glob(pattern, GLOB_NOSORT, NULL, &found)) {
		for (i = 0; i < found.gl_pathc && !directory; i++)
			if (is_device_of(found.gl_pathv[i],
					 slash ? slash + 1 : file))
				directory = xstrdup(dirname(found.gl_pathv[i]));
		globfree(&found);
	}
	free(file);
	free(pattern);
	return directory;
}

/* The device may have another name since it was mounted, as after lvrename. */
static char *find_directory_by_uuid(const char *path, const char *sysfs)
{
	struct btrfs_ioctl_fs_info_args info = {};
	const __u8 *id = info.fsid;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	int ret = fd < 0 ? -1 : ioctl(fd, BTRFS_IOC_FS_INFO, &info);

	if (fd >= 0)
		close(fd);
	if (ret)
		return NULL;
	return xasprintf(
		"%s/fs/btrfs/%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x/devices",
		sysfs, id[0], id[1], id[2], id[3], id[4], id[5], id[6], id[7],
		id[8], id[9], id[10], id[11], id[12], id[13], id[14], id[15]);
}

int btrfs_find_devices(struct text_list *devices, const char *path,
		       const char *source, const char *sysfs,
		       struct error *error)
{
	char *directory = find_directory(source, sysfs) ?:
				  find_directory_by_uuid(path, sysfs);
	struct text_list names = {};
	size_t i;

	if (!directory)
		return error_set(
			error, 0,
			"cannot find the device of the Btrfs at %s (%s)", path,
			source);
	sysfs_list(&names, directory);
	text_list_sort(&names);
	for (i = 0; i < names.count; i++) {
		char *name = xasprintf("%s/%s", directory, names.items[i]);
		char *device = realpath(name, NULL);

		if (device)
			text_list_add(devices, device);
		free(device);
		free(name);
	}
	text_list_release(&names);
	free(directory);
	return 0;
}
