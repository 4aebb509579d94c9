/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where dumps go: from a path to the filesystem, every block device that it
 * lies on, and the drivers that reach the disks at the bottom. What the crash
 * kernel could not handle is refused here, with a reason, and never found out
 * after a crash.
 */
#ifndef KDUMP_CRYPT_TARGET_H
#define KDUMP_CRYPT_TARGET_H

#include <stddef.h>

#include "lib/text_list.h"

struct target_volume {
	char *luks_uuid;
	char *device;  /* e.g. /dev/vdb1 */
	char *mapping; /* what it is open as, e.g. /dev/dm-0 */
};

struct target {
	char *path;	 /* as resolved, without symbolic links */
	char *directory; /* the same, seen from the filesystem's root */
	char *filesystem_type;
	char *filesystem_device;       /* e.g. /dev/dm-0 */
	const char *mount_options;     /* NULL: none; a constant */
	struct target_volume *volumes; /* LUKS volumes; none: not encrypted */
	size_t volume_count;
	struct text_list logical_volumes; /* "vg/lv" */
	struct text_list arrays;	  /* UUIDs of MD arrays */
	struct text_list drivers; /* kernel modules of disks, buses, RAID */
};

/* The filesystems that a dump may go to, the preferred one first. */
struct targets {
	struct target *list;
	size_t count;
	/* The LUKS volumes of all, each once; they belong to the list. */
	const struct target_volume **volumes;
	size_t volume_count;
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
 * The UUID by which the crash kernel finds the filesystem, for the caller to
 * free. NULL after the reason was printed.
 */
char *target_filesystem_uuid(const struct target *target);

/*
 * Resolve @path and then @fallback_paths on this machine. Returns 0, or -1
 * after the reason was printed; @targets is then empty. The caller releases
 * them with targets_release().
 */
int targets_find(struct targets *targets, const char *path,
		 const struct text_list *fallback_paths);

void targets_release(struct targets *targets);

#endif /* KDUMP_CRYPT_TARGET_H */
