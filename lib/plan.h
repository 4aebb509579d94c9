/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of the capture. The tool makes it on the running machine and stores
 * it in the capture initramfs, as JSON. The capture program reads it after a
 * crash. It contains no secret.
 */
#ifndef KDUMP_CRYPT_PLAN_H
#define KDUMP_CRYPT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/action.h"
#include "lib/error.h"
#include "lib/text_list.h"

/* In the capture initramfs. */
#define PLAN_FILE    "/plan.json"
#define PLAN_HEADERS "/headers" /* a directory */

/* Directories with modules, in the initramfs or in its squashfs. */
#define PLAN_MODULES	       "/modules"
#define PLAN_MODULES_ON_DEMAND "/modules-on-demand"

struct plan_volume {
	char *luks_uuid;
	char *key_description;	   /* of the restored user key */
	struct text_list identity; /* of its device, see disk_identity.h */
	char *content_uuid;	   /* of what lies on it; NULL: not known */
	/*
	 * A file in the initramfs with its detached header, without keyslots.
	 * NULL: the header is on the device.
	 */
	char *header;
};

/* A device that a filesystem or a physical volume of LVM lies on. */
struct plan_device {
	char *uuid; /* that libblkid finds on it */
	/*
	 * "luks UUID", "lvm UUID" with the device-mapper UUID, or "raid UUID",
	 * also for a partition of the array. NULL: a disk or a partition, which
	 * has this identity.
	 */
	char *layer;
	struct text_list identity;
};

struct plan_devices {
	struct plan_device *items;
	size_t count;
};

/* A filesystem that can take the dump. */
struct plan_target {
	char *filesystem_uuid;
	char *filesystem_type;
	char *mount_options;	     /* NULL: none */
	char *dump_directory;	     /* absolute, from that filesystem's root */
	char *path;		     /* the same on the running machine */
	struct text_list luks_uuids; /* below it; none: not encrypted */
	struct plan_devices devices; /* only Btrfs may have several */
};

/*
 * The filesystems may lie on any nesting of RAID arrays, LUKS volumes and
 * logical volumes. The capture program opens each of them when it appears, until
 * the filesystem appears.
 */
struct plan {
	char *host; /* name of the machine; the dump is named after it */
	struct plan_target *targets; /* at least one; the first is tried first */
	size_t target_count;
	struct text_list arrays;     /* UUIDs of MD arrays */
	struct plan_volume *volumes; /* LUKS volumes */
	size_t volume_count;
	/* "vg/lv", a blank, and the device-mapper UUID */
	struct text_list logical_volumes;
	struct plan_devices physical_volumes; /* those on disks; to tell copies */
	char *core_collector;
	char *collector_version; /* of makedumpfile: "1.7.6"; NULL: not known */
	char *kdump_pre;	 /* the administrator's programs; NULL: none */
	char *kdump_post;
	enum action final_action;
	enum action failure_action;
	unsigned int device_timeout; /* seconds to wait for the device */
	/* seconds to wait for an array's late disks; then go without them */
	unsigned int degraded_timeout;
	unsigned int keep;	   /* complete dumps; 0: all */
	bool make_room;		   /* remove dumps if a new one may not fit */
	unsigned int keep_free;	   /* percent of a filesystem that stay free */
	bool hide_keys;		   /* hide the saved keys from the vmcore */
	bool start_dirty_degraded; /* md's parameter of that name */
	/*
	 * In loading order: a file in the initramfs, whose name has no blank,
	 * then a blank and the options of the module, if it has any.
	 */
	struct text_list modules;
	/*
	 * The same for modules that are loaded if a logical volume cannot be
	 * activated without them.
	 */
	struct text_list modules_on_demand;
};

/*
 * Append an empty target, which the caller fills. The pointer is valid until the
 * next call.
 */
struct plan_target *plan_add_target(struct plan *plan);

/* The same for a device. */
struct plan_device *plan_add_device(struct plan_devices *devices);

/*
 * Append a LUKS volume, and return it, for the caller to fill in the rest.
 * Return NULL if the plan contains it. The pointer is valid until the next call.
 */
struct plan_volume *plan_add_volume(struct plan *plan, const char *luks_uuid,
				    const char *key_description);

/* Append a module to @modules, one of the lists of a plan. */
void plan_add_module(struct text_list *modules, const char *file,
		     const char *options);

/* Return the plan as JSON text. The caller frees it. */
char *plan_to_json(const struct plan *plan);

/*
 * Fill @plan from JSON text. On failure @plan is empty. error->number is
 * EINVAL: the text is not a complete plan. The caller releases @plan with
 * plan_release().
 */
int plan_from_json(struct plan *plan, const char *json, struct error *error);

void plan_release(struct plan *plan);

#endif /* KDUMP_CRYPT_PLAN_H */
