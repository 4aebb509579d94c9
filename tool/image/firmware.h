/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_FIRMWARE_H
#define KDUMP_CRYPT_FIRMWARE_H

#include "tool/host/kernel_modules.h"
#include "tool/image/initramfs.h"

/*
 * Add the firmware files that the module @name may ask for, if this machine has
 * them, under the names by which the kernel looks for them.
 */
void firmware_add(struct initramfs *initramfs, struct kernel_modules *modules,
		  const char *name);

#endif /* KDUMP_CRYPT_FIRMWARE_H */
