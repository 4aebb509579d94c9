/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UUIDs and identities of all block devices. Each device is read by a child
 * of its own, so one that does not answer does not stop the others.
 */
#ifndef KDUMP_CRYPT_PROBE_H
#define KDUMP_CRYPT_PROBE_H

#include "lib/text_list.h"

/*
 * Read all devices that are new, have changed, or have shown no UUID before;
 * those first that are at the place of the device with the identity @recorded.
 * Wait PROBE_PATIENCE_SECONDS for each at most. Report one that does not answer
 * by then, once: its answer may come later.
 */
void probe_all(const struct text_list *recorded);

/*
 * Add the names of the devices that have the LUKS volume or filesystem @uuid, or
 * are the device @uuid of a Btrfs.
 */
void probe_find(struct text_list *devices, const char *uuid);

/* Add the names of all devices that can be read. */
void probe_find_all(struct text_list *devices);

/*
 * Add the identity of @device, one of those that these have found: see
 * disk_identity.h.
 */
void probe_identity(struct text_list *identity, const char *device);

#endif /* KDUMP_CRYPT_PROBE_H */
