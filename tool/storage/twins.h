/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that the crash kernel could take for one of those that a dump needs:
 * a copy of a disk, for example, has the same UUIDs.
 */
#ifndef KDUMP_CRYPT_TWINS_H
#define KDUMP_CRYPT_TWINS_H

#include "lib/text_list.h"
#include "tool/storage/targets.h"

/*
 * Add a sentence for each disk or partition that has the UUID of a LUKS volume,
 * filesystem, physical volume or array below @targets, and is not one of them.
 * Devices that will not be there after a crash do not count, such as loop devices
 * and snapshots. For root. @sysfs is /sys except in tests.
 */
void twins_find(struct text_list *twins, const struct targets *targets,
		const char *sysfs);

#endif /* KDUMP_CRYPT_TWINS_H */
