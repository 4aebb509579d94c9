// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/storage/hibernation.h"
#include "tool/storage/mounts.h"

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

/* @directory is one in sysfs, without symbolic links. */
static bool is_exposed(const char *directory)
{
	return !strstr(directory, "/zram") && !is_encrypted(directory);
}

static void find_partition(struct text_list *devices, const char *file,
			   const char *sysfs)
{
	char *target = realpath(file, NULL) ?: xstrdup(file);
	char *directory =
		xasprintf("%s/class/block/%s", sysfs, strrchr(target, '/') + 1);
	char *real = realpath(directory, NULL);

	if (real)
		text_list_add(devices, real);
	free(real);
	free(directory);
	free(target);
}

static void find_below_file(struct text_list *devices, const char *file,
			    const char *mountinfo, const char *sysfs)
{
	struct libmnt_table *mounts = mnt_new_table_from_file(mountinfo);
	char *real = realpath(file, NULL);
	struct libmnt_fs *fs =
		mounts && real ? mounts_find_filesystem(mounts, real) : NULL;

	if (fs)
		mounts_find_devices(devices, fs, mnt_fs_get_target(fs), sysfs,
				    NULL);
	free(real);
	mnt_unref_table(mounts);
}

/* Return true if it is certain that there is a disk without encryption below. */
static bool exposes(struct libmnt_fs *swap, const char *mountinfo,
		    const char *sysfs)
{
	const char *file = mnt_fs_get_source(swap);
	struct text_list devices = {};
	bool exposed = false;
	size_t i;

	if (!strcmp(mnt_fs_get_swaptype(swap), "file"))
		find_below_file(&devices, file, mountinfo, sysfs);
	else
		find_partition(&devices, file, sysfs);
	for (i = 0; i < devices.count && !exposed; i++)
		exposed = is_exposed(devices.items[i]);
	text_list_release(&devices);
	return exposed;
}

/* The caller frees it. */
static char *find_exposed(const char *swaps, const char *mountinfo,
			  const char *sysfs)
{
	struct libmnt_table *table = mnt_new_table();
	struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *swap;
	char *found = NULL;

	if (!mnt_table_parse_swaps(table, swaps))
		while (!found && !mnt_table_next_fs(table, iterator, &swap))
			if (exposes(swap, mountinfo, sysfs))
				found = xstrdup(mnt_fs_get_source(swap));
	mnt_free_iter(iterator);
	mnt_unref_table(table);
	return found;
}

char *hibernation_problem(const char *swaps, const char *mountinfo,
			  const char *sysfs)
{
	char *swap = can_hibernate(sysfs) ?
			     find_exposed(swaps, mountinfo, sysfs) :
			     NULL;
	char *problem;

	if (!swap)
		return NULL;
	problem = xasprintf(
		"hibernation would write the volume keys to the swap %s, which is not encrypted: do not hibernate this machine, or encrypt the swap",
		swap);
	free(swap);
	return problem;
}
