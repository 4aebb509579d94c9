// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/host/sysfs.h"
#include "tool/storage/writable.h"

static int check_attributes(const char *path, struct error *error)
{
	struct statx status;

	if (statx(AT_FDCWD, path, 0, STATX_TYPE, &status))
		return error_set_errno(error, "%s", path);
	if (status.stx_attributes & STATX_ATTR_ENCRYPTED)
		return error_set(
			error, EPERM,
			"%s is encrypted by its filesystem (fscrypt), and the crash kernel would not have that key: choose another directory",
			path);
	if (status.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
		return error_set(
			error, EPERM,
			"%s is immutable or append-only, so no dump can be saved there: run chattr -i -a %s",
			path, path);
	return 0;
}

/* The mount and its filesystem allow writing, so it is something within. */
static int check_subvolume(const char *path, struct error *error)
{
	struct statvfs status;

	if (!access(path, W_OK) || errno != EROFS)
		return 0;
	if (statvfs(path, &status) || (status.f_flag & ST_RDONLY))
		return 0;
	return error_set(
		error, EROFS,
		"%s is in a read-only subvolume, so no dump can be saved there: run btrfs property set on the subvolume, with ro false",
		path);
}

static bool has_flag(const char *device, const char *name)
{
	char *value = sysfs_read(device, name);
	bool is_set = value && !strcmp(value, "1");

	free(value);
	return is_set;
}

/*
 * A LUKS volume, an array and the like are opened again, and then they can be
 * written. What says that of itself, or has it in its metadata, stays so.
 */
static bool stays_read_only(const char *device)
{
	char *dm_uuid = sysfs_read(device, "dm/uuid");
	bool stays = (dm_uuid ? starts_with(dm_uuid, "LVM-") :
				!sysfs_has(device, "md")) &&
		     has_flag(device, "ro");

	free(dm_uuid);
	return stays;
}

static int check_device(const char *device, struct error *error)
{
	char *file, *name;

	if (!stays_read_only(device))
		return 0;
	file = sysfs_device_file(strrchr(device, '/') + 1);
	name = sysfs_familiar_device("/sys", file);
	error_set(
		error, EROFS,
		"%s is read-only or write-protected, so no dump can be saved there: make it writable (a logical volume: lvchange --permission rw)",
		name);
	free(name);
	free(file);
	return -1;
}

int writable_check(const char *path, const struct block_stack *stack,
		   struct error *error)
{
	size_t i;

	if (check_attributes(path, error) || check_subvolume(path, error))
		return -1;
	for (i = 0; i < stack->devices.count; i++)
		if (check_device(stack->devices.items[i], error))
			return -1;
	return 0;
}
