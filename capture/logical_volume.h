/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logical volumes of LVM. @planned is an entry of logical_volumes in the plan:
 * "vg/lv", a blank, and the device-mapper UUID.
 */
#ifndef KDUMP_CRYPT_LOGICAL_VOLUME_H
#define KDUMP_CRYPT_LOGICAL_VOLUME_H

#include <stdbool.h>

#include "lib/error.h"
#include "lib/text_list.h"

/*
 * Activate the volume. LVM ignores the devices @ignored. A RAID volume needs all
 * its disks unless @degraded. The output of lvm is in the file @log. Return 0,
 * or -1 if that did not work, as happens until its disks have appeared.
 */
int logical_volume_activate(const char *planned,
			    const struct text_list *ignored, bool degraded,
			    const char *log);

int logical_volume_deactivate(const char *planned, struct error *error);

/*
 * Return the device of the active volume with this device-mapper UUID. Return
 * NULL if it is not active. The caller frees the name.
 */
char *logical_volume_device(const char *dm_uuid);

#endif /* KDUMP_CRYPT_LOGICAL_VOLUME_H */
