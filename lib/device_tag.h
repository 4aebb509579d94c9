/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DEVICE_TAG_H
#define KDUMP_CRYPT_DEVICE_TAG_H

/*
 * Read a tag of libblkid, such as UUID or UUID_SUB, from the superblock of
 * @device. Return NULL if the device cannot be read or has none. The caller
 * frees it.
 */
char *device_tag(const char *device, const char *tag);

#endif /* KDUMP_CRYPT_DEVICE_TAG_H */
