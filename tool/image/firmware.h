/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_FIRMWARE_H
#define KDUMP_CRYPT_FIRMWARE_H

#include "tool/image/capture_image.h"

/*
 * Add the firmware files that the module @name may ask for, if this machine has
 * them, under the names by which the kernel looks for them.
 */
void firmware_add(struct capture_image *image, const char *name);

#endif /* KDUMP_CRYPT_FIRMWARE_H */
