// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "lib/disk_identity.h"
#include "lib/prefix.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"

static const struct {
	const char *key;
	unsigned int weight;
	bool is_strong; /* no other device has the same */
} keys[] = {
	{ "dm=", 32, true },   { "md=", 32, true },
	{ "wwid=", 16, true }, { "serial=", 8, true },
	{ "path=", 4, false }, { "partition=", 2, false },
	{ "size=", 1, false },
};

#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

/* Return true if the attribute @name of @directory exists and was added. */
static bool add_attribute(struct text_list *identity, const char *key,
			  const char *directory, const char *name)
{
	char *file = xasprintf("%s/%s", directory, name);
	char *value = textfile_read(file, NULL);
	bool found = value && *value;

	if (found)
		text_list_addf(identity, "%s=%s", key, value);
	free(value);
	free(file);
	return found;
}

static bool is_pci_function(const char *name)
{
	unsigned int domain, bus, device, function;
	int length = 0;

	return sscanf(name, "%x:%x:%x.%x%n", &domain, &bus, &device, &function,
		      &length) == 4 &&
	       !name[length];
}

/* Return the part of HOST:CHANNEL:TARGET:LUN that the disk determines. */
static const char *find_scsi_address(const char *name)
{
	unsigned int host, channel, target, lun;
	int length = 0;

	if (sscanf(name, "%u:%u:%u:%u%n", &host, &channel, &target, &lun,
		   &length) != 4 ||
	    name[length])
		return NULL;
	return strchr(name, ':') + 1;
}

static void add_path(struct text_list *identity, const char *directory)
{
	char *copy = xstrdup(directory), *state, *name;
	char *path = xstrdup("");

	for (name = strtok_r(copy, "/", &state); name;
	     name = strtok_r(NULL, "/", &state)) {
		const char *part =
			is_pci_function(name) ? name : find_scsi_address(name);
		char *longer;

		if (!part)
			continue;
		longer = xasprintf("%s/%s", path, part);
		free(path);
		path = longer;
	}
	if (*path)
		text_list_addf(identity, "path=%s", path);
	free(path);
	free(copy);
}

/* Return the directory of the first device below. The caller frees it. */
static char *find_below(const char *directory)
{
	char *pattern = xasprintf("%s/slaves/*", directory);
	char *below = NULL;
	glob_t found;

	if (!glob(pattern, 0, NULL, &found)) {
		below = realpath(found.gl_pathv[0], NULL);
		globfree(&found);
	}
	free(pattern);
	return below;
}

/*
 * Return the directory of one of the disks if @directory is a multipath device
 * or a partition of one. kpartx calls it part1-mpath-WWID. Return NULL if not.
 * The caller frees it.
 */
static char *find_path(struct text_list *identity, const char *directory)
{
	char *file = xasprintf("%s/dm/uuid", directory);
	char *uuid = textfile_read(file, NULL), *disk = NULL, *device = NULL;
	unsigned int partition;
	int length = 0;

	free(file);
	if (uuid && sscanf(uuid, "part%u-mpath-%n", &partition, &length) == 1 &&
	    length) {
		text_list_addf(identity, "partition=%u", partition);
		device = find_below(directory);
	} else if (uuid && starts_with(uuid, "mpath-")) {
		device = xstrdup(directory);
	}
	if (device)
		disk = find_below(device);
	free(device);
	free(uuid);
	return disk;
}

/* These may ask the disk, which may not answer. */
static void add_names(struct text_list *identity, const char *directory)
{
	if (add_attribute(identity, "dm", directory, "dm/uuid") ||
	    add_attribute(identity, "md", directory, "md/uuid"))
		return;
	if (!add_attribute(identity, "wwid", directory, "wwid"))
		add_attribute(identity, "wwid", directory, "device/wwid");
	if (!add_attribute(identity, "serial", directory, "serial"))
		add_attribute(identity, "serial", directory, "device/serial");
}

static void read_parts(struct text_list *identity, const char *file,
		       const char *sysfs, bool has_names)
{
	char *link, *directory, *path;
	struct stat status;

	if (stat(file, &status))
		return;
	link = xasprintf("%s/dev/block/%u:%u", sysfs, major(status.st_rdev),
			 minor(status.st_rdev));
	directory = realpath(link, NULL);
	free(link);
	if (!directory)
		return;
	add_attribute(identity, "size", directory, "size");
	if (add_attribute(identity, "partition", directory, "partition"))
		*strrchr(directory, '/') = '\0';
	path = find_path(identity, directory);
	if (has_names)
		add_names(identity, path ?: directory);
	add_path(identity, path ?: directory);
	free(path);
	free(directory);
}

void disk_identity_read(struct text_list *identity, const char *file,
			const char *sysfs)
{
	read_parts(identity, file, sysfs, true);
}

void disk_identity_read_place(struct text_list *identity, const char *file,
			      const char *sysfs)
{
	read_parts(identity, file, sysfs, false);
}

static size_t find_key(const char *text)
{
	size_t i;

	for (i = 0; i < KEY_COUNT; i++)
		if (!strncmp(text, keys[i].key, strlen(keys[i].key)))
			break;
	return i;
}

unsigned int disk_identity_score(const struct text_list *recorded,
				 const struct text_list *found)
{
	unsigned int score = 0;
	size_t i, key;

	for (i = 0; i < recorded->count; i++) {
		key = find_key(recorded->items[i]);
		if (key < KEY_COUNT && text_list_has(found, recorded->items[i]))
			score += keys[key].weight;
	}
	return score;
}

bool disk_identity_is_same(const struct text_list *recorded,
			   const struct text_list *found)
{
	bool has_strong = false, same = true, same_path = true;
	size_t i, key;

	for (i = 0; i < recorded->count; i++) {
		bool matches = text_list_has(found, recorded->items[i]);

		key = find_key(recorded->items[i]);
		if (key == KEY_COUNT)
			continue;
		if (keys[key].is_strong) {
			has_strong = true;
			same &= matches;
		} else {
			same_path &= matches;
		}
	}
	return has_strong ? same : same_path;
}

static const char *find_text(const struct text_list *identity, const char *key)
{
	size_t i;

	for (i = 0; i < identity->count; i++)
		if (starts_with(identity->items[i], key))
			return identity->items[i];
	return "";
}

static bool has_same(const char *key, const struct text_list *recorded,
		     const struct text_list *found)
{
	return !strcmp(find_text(recorded, key), find_text(found, key));
}

/* Logical volumes and arrays may grow, and then nobody has to arm again. */
static bool may_have_grown(const struct text_list *recorded,
			   const struct text_list *found)
{
	static const char *const names[] = { "dm=", "md=" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (*find_text(recorded, names[i]) &&
		    has_same(names[i], recorded, found))
			return true;
	return false;
}

bool disk_identity_has_same_shape(const struct text_list *recorded,
				  const struct text_list *found)
{
	return has_same("partition=", recorded, found) &&
	       (has_same("size=", recorded, found) ||
		may_have_grown(recorded, found));
}
