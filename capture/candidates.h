/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices that may be the recorded one: all that have its UUID. A copy of
 * the disk has the same UUID, and may be found first.
 */
#ifndef KDUMP_CRYPT_CANDIDATES_H
#define KDUMP_CRYPT_CANDIDATES_H

#include <stdbool.h>

#include "lib/text_list.h"

/*
 * Add the devices that have the LUKS volume or filesystem @uuid now, the most
 * likely first. Only those count that are the device with the @identity without
 * doubt, unless @any: the recorded disk may only be late. The caller releases
 * @devices.
 */
void candidates_find(struct text_list *devices, const char *uuid,
		     const struct text_list *identity, bool any);

/*
 * The same for a device that nothing on it identifies: all of the recorded
 * shape count, see disk_identity_has_same_shape().
 */
void candidates_find_by_shape(struct text_list *devices,
			      const struct text_list *identity, bool any);

/*
 * Report each other disk or partition that has the same @uuid as @used, the
 * device that is used. @what is what has the UUID.
 */
void candidates_report_others(const char *uuid, const char *what,
			      const char *used);

#endif /* KDUMP_CRYPT_CANDIDATES_H */
