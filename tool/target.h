/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where dumps go: from a path to the filesystem, the LUKS volume under it and
 * the drivers that reach its disk. What the crash kernel could not handle is
 * refused here, with a reason, and never found out after a crash.
 */
#ifndef KDUMP_CRYPT_TARGET_H
#define KDUMP_CRYPT_TARGET_H

#include <stddef.h>

struct target {
	char *path;		/* as resolved, without symbolic links */
	char *directory;	/* the same, seen from the filesystem's root */
	char *filesystem_type;
	char *filesystem_device;	/* e.g. /dev/dm-0 */
	char *luks_uuid;	/* NULL: not encrypted */
	char *luks_device;	/* e.g. /dev/vdb1; NULL likewise */
	char **drivers;		/* kernel modules of the disk and its buses */
	size_t driver_count;
};

/*
 * Resolve @path. @mountinfo is /proc/self/mountinfo and @sysfs is /sys, but
 * for tests. Returns 0, or -1 with *@reason set to a message for the caller to
 * free; @target is then empty. The caller releases it with target_release().
 */
int target_resolve(struct target *target, const char *path,
		   const char *mountinfo, const char *sysfs, char **reason);

void target_release(struct target *target);

/*
 * The UUID of the LUKS volume in the device-mapper UUID that libcryptsetup
 * gives to an open one, such as CRYPT-LUKS2-<32 hexadecimal digits>-<name>,
 * for the caller to free. NULL where @dm_uuid is not of that form.
 */
char *target_luks_uuid(const char *dm_uuid);

#endif /* KDUMP_CRYPT_TARGET_H */
