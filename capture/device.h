/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DEVICE_H
#define KDUMP_CRYPT_DEVICE_H

/*
 * Wait until a block device with this UUID is there, a LUKS volume or a
 * filesystem. Returns its name, for the caller to free, or NULL where there is
 * none after @seconds.
 */
char *device_wait(const char *uuid, unsigned int seconds);

#endif /* KDUMP_CRYPT_DEVICE_H */
