/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DEVICE_H
#define KDUMP_CRYPT_DEVICE_H

/*
 * The name of the block device that has this UUID, a LUKS volume or a
 * filesystem, for the caller to free. NULL where there is none now.
 */
char *device_find(const char *uuid);

/*
 * Events of devices that come and go, for device_wait_event() and close().
 * Returns a file descriptor, or -1.
 */
int device_open_events(void);

/* Wait until something has happened to a device, a second at most. */
void device_wait_event(int events);

#endif /* KDUMP_CRYPT_DEVICE_H */
