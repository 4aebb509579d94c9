// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"

bool sysfs_has(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);
	bool found = !access(path, F_OK);

	free(path);
	return found;
}

char *sysfs_device_file(const char *sysfs_name)
{
	char *file = xasprintf("/dev/%s", sysfs_name), *mark;

	while ((mark = strchr(file, '!')))
		*mark = '/';
	return file;
}

char *sysfs_read(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);
	char *value = textfile_read(path, NULL);

	free(path);
	return value;
}

char *sysfs_link_name(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);
	char *resolved = realpath(path, NULL);
	char *base = resolved ? xstrdup(strrchr(resolved, '/') + 1) : NULL;

	free(path);
	free(resolved);
	return base;
}

void sysfs_list(struct text_list *list, const char *directory)
{
	struct dirent *entry;
	DIR *dir = opendir(directory);

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			text_list_add(list, entry->d_name);
	closedir(dir);
}

void sysfs_add_drivers(struct text_list *modules, const char *device)
{
	char *directory = xstrdup(device), *slash;

	while ((slash = strrchr(directory, '/')) && slash != directory) {
		char *module = sysfs_link_name(directory, "driver/module");

		if (module)
			text_list_add_once(modules, module);
		free(module);
		if (!strcmp(slash, "/devices"))
			break;
		*slash = '\0';
	}
	free(directory);
}

char *sysfs_familiar_device(const char *sysfs, const char *file)
{
	const char *kernel_name = strrchr(file, '/');
	char *directory, *name, *familiar;

	if (!kernel_name)
		return xstrdup(file);
	directory = xasprintf("%s/class/block%s/dm", sysfs, kernel_name);
	name = sysfs_read(directory, "name");
	familiar = name ? xasprintf("/dev/mapper/%s", name) : xstrdup(file);
	free(name);
	free(directory);
	return familiar;
}
