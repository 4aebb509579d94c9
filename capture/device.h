/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DEVICE_H
#define KDUMP_CRYPT_DEVICE_H

#include <stdbool.h>

/*
 * Return the UUID of the LUKS volume, filesystem and so on that the device has.
 * Return NULL if it has none, or cannot be read. The caller frees it.
 */
char *device_uuid(const char *device);

/*
 * Return the UUID of the device itself, if it is one of a Btrfs. All devices of
 * a Btrfs have the filesystem's UUID.
 */
char *device_member_uuid(const char *device);

/* Return true if @uuid is one of these two. */
bool device_has(const char *device, const char *uuid);

/*
 * Return a file descriptor for device_wait_event(). The caller closes it.
 * Return -1 if there is none: device_wait_event() then only waits.
 */
int device_open_events(void);

/* Wait until a device appears, changes or goes, for at most EVENT_SECONDS. */
void device_wait_event(int events);

#endif /* KDUMP_CRYPT_DEVICE_H */
