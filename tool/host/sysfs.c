// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/prefix.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"

#define ALIAS "MODALIAS="

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

/* Call @visit with @device and with each device above it in the device tree. */
static void for_each_ancestor(const char *device,
			      void (*visit)(struct text_list *list,
					    const char *directory),
			      struct text_list *list)
{
	char *directory = xstrdup(device), *slash;

	while ((slash = strrchr(directory, '/')) && slash != directory) {
		visit(list, directory);
		if (!strcmp(slash, "/devices"))
			break;
		*slash = '\0';
	}
	free(directory);
}

static void add_driver(struct text_list *modules, const char *device)
{
	char *module = sysfs_link_name(device, "driver/module");

	if (module)
		text_list_add_once(modules, module);
	free(module);
}

/* Drivers of bridges are part of every kernel. Others only offer hotplug. */
static bool is_bridge(const char *device)
{
	char *class = sysfs_read(device, "class");
	bool bridge = class && starts_with(class, "0x06");

	free(class);
	return bridge;
}

/*
 * What udev looks up. Not every bus has it as an attribute of its own, as the
 * one of SD cards. The caller frees it.
 */
static char *read_alias(const char *device)
{
	char *event = sysfs_read(device, "uevent");
	char *alias = NULL, *line, *state;

	for (line = event ? strtok_r(event, "\n", &state) : NULL;
	     line && !alias; line = strtok_r(NULL, "\n", &state))
		if (starts_with(line, ALIAS))
			alias = xstrdup(line + strlen(ALIAS));
	free(event);
	return alias;
}

static void add_alias(struct text_list *aliases, const char *device)
{
	char *alias = read_alias(device);

	if (alias && *alias && !sysfs_has(device, "driver/module") &&
	    !is_bridge(device))
		text_list_add_once(aliases, alias);
	free(alias);
}

void sysfs_add_drivers(struct text_list *modules, const char *device)
{
	for_each_ancestor(device, add_driver, modules);
}

void sysfs_add_aliases(struct text_list *aliases, const char *device)
{
	for_each_ancestor(device, add_alias, aliases);
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
