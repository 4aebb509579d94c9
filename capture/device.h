/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DEVICE_H
#define KDUMP_CRYPT_DEVICE_H

/*
 * Return the name of the block device with the LUKS volume or filesystem @uuid.
 * Return NULL if there is none at the moment. The caller frees the name.
 */
char *device_find(const char *uuid);

/*
 * Return a file descriptor for device_wait_event(). The caller closes it.
 * Return -1 if there is none: device_wait_event() then only waits.
 */
int device_open_events(void);

/* Wait until a device appears, changes or goes, for at most EVENT_SECONDS. */
void device_wait_event(int events);

#endif /* KDUMP_CRYPT_DEVICE_H */
