// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/storage/hibernation.h"

static bool can_hibernate(const char *sysfs)
{
	char *states = sysfs_read(sysfs, "power/state");
	bool can = states && strstr(states, "disk");

	free(states);
	return can;
}

static bool is_crypt(const char *directory)
{
	static const char *const others[] = { "CRYPT-VERITY-",
					      "CRYPT-INTEGRITY-", NULL };
	char *uuid = sysfs_read(directory, "dm/uuid");
	bool crypt = uuid && starts_with(uuid, "CRYPT-") &&
		     !starts_with_any(uuid, others);

	free(uuid);
	return crypt;
}

/* Return true if all that is written to the device passes through dm-crypt. */
static bool is_encrypted(const char *directory)
{
	char *slaves = xasprintf("%s/slaves", directory);
	struct text_list names = {};
	bool encrypted = is_crypt(directory);
	size_t i, count = 0;

	sysfs_list(&names, slaves);
	for (i = 0; i < names.count && !encrypted; i++) {
		char *below = xasprintf("%s/%s", slaves, names.items[i]);

		count += is_encrypted(below);
		free(below);
	}
	encrypted = encrypted || (count && count == names.count);
	text_list_release(&names);
	free(slaves);
	return encrypted;
}

/* Return the directory of a swap partition or of the device of a swap file. */
static char *find_device(const char *file, bool is_file, const char *sysfs)
{
	struct stat status;
	char *target, *directory;

	if (is_file) {
		if (stat(file, &status))
			return NULL;
		return xasprintf("%s/dev/block/%u:%u", sysfs,
				 major(status.st_dev), minor(status.st_dev));
	}
	target = realpath(file, NULL) ?: xstrdup(file);
	directory =
		xasprintf("%s/class/block/%s", sysfs, strrchr(target, '/') + 1);
	free(target);
	return directory;
}

/*
 * Return true if it is certain that hibernation writes to a disk there without
 * encryption. The device of a swap file in a Btrfs is not known.
 */
static bool is_exposed(const char *file, bool is_file, const char *sysfs)
{
	char *directory = find_device(file, is_file, sysfs);
	char *real = directory ? realpath(directory, NULL) : NULL;
	bool exposed = real && !strstr(real, "/zram") && !is_encrypted(real);

	free(real);
	free(directory);
	return exposed;
}

/* The caller frees it. */
static char *find_exposed(FILE *swaps, const char *sysfs)
{
	char *line = NULL, *found = NULL;
	size_t size = 0;

	while (!found && getline(&line, &size, swaps) > 0) {
		char file[256], kind[16];

		if (sscanf(line, "/%254s %15s", file + 1, kind) != 2)
			continue;
		file[0] = '/';
		if (is_exposed(file, !strcmp(kind, "file"), sysfs))
			found = xstrdup(file);
	}
	free(line);
	return found;
}

char *hibernation_problem(const char *swaps, const char *sysfs)
{
	FILE *file = can_hibernate(sysfs) ? fopen(swaps, "re") : NULL;
	char *swap, *problem;

	if (!file)
		return NULL;
	swap = find_exposed(file, sysfs);
	fclose(file);
	if (!swap)
		return NULL;
	problem = xasprintf(
		"hibernation would write the volume keys to the swap %s, which is not encrypted: do not hibernate this machine, or encrypt the swap",
		swap);
	free(swap);
	return problem;
}
