/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_EXT4_ERRORS_H
#define KDUMP_CRYPT_EXT4_ERRORS_H

#include <stdbool.h>

/*
 * Return true if the ext4 on @device says that the kernel has found errors in it
 * since the last e2fsck(8). Return false if it is no ext4, or cannot be read.
 */
bool ext4_has_errors(const char *device);

#endif /* KDUMP_CRYPT_EXT4_ERRORS_H */
