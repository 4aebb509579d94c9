/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory that dumps may go to: its filesystem, the block devices below it,
 * and the drivers of the disks. A directory that the crash kernel could not use
 * is refused here with a reason, and not discovered after a crash.
 */
#ifndef KDUMP_CRYPT_TARGET_H
#define KDUMP_CRYPT_TARGET_H

#include <stdbool.h>

#include "lib/error.h"
#include "tool/storage/block_stack.h"

/* A device that the filesystem lies on. */
struct target_device {
	char *file;  /* e.g. /dev/dm-0 */
	char *layer; /* the uppermost, as layer in struct plan_device */
};

struct target {
	char *path;	  /* absolute, without symbolic links */
	char *given_path; /* as the caller of target_resolve() gave it */
	char *directory;  /* the same, seen from the filesystem's root */
	char *filesystem_type;
	char *filesystem_device; /* the first, e.g. /dev/dm-0 */
	char *mount_options;	 /* that the crash kernel uses; NULL: none */
	struct target_device *devices; /* only Btrfs may have several */
	size_t device_count;
	struct block_stack stack; /* below the filesystem */
};

/*
 * Fill @target with what is below @path. @mountinfo is /proc/self/mountinfo and
 * @sysfs is /sys, except in tests. On failure @target is empty. The caller
 * releases it with target_release().
 */
int target_resolve(struct target *target, const char *path,
		   const char *mountinfo, const char *sysfs,
		   struct error *error);

void target_release(struct target *target);

/* Make @target the directory @name in it, which need not exist yet. */
void target_descend(struct target *target, const char *name);

/*
 * Return the UUID by which the crash kernel finds the filesystem. The caller
 * frees it.
 */
char *target_filesystem_uuid(const struct target *target, struct error *error);

/*
 * Return the UUID by which the crash kernel finds a device of the filesystem:
 * that of the filesystem, or if that has several devices, that of the device.
 * Return NULL if it is not known. The caller frees it.
 */
char *target_member_uuid(const struct target *target, const char *device);

/*
 * Return the UUID of what lies on a device: a filesystem, a physical volume and
 * so on. Return NULL if it is not known. The caller frees it.
 */
char *target_device_uuid(const char *device);

/*
 * Return true if the filesystem says that it has errors. Return false if it does
 * not, or if a device is suspended. For root.
 */
bool target_has_errors(const struct target *target);

/* What to do then, as the end of a sentence. */
#define TARGET_REPAIR \
	"unmount it and run e2fsck, or boot with fsck.mode=force on the kernel's command line"

#endif /* KDUMP_CRYPT_TARGET_H */
