/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel modules of the capture initramfs. */
#ifndef KDUMP_CRYPT_CAPTURE_MODULES_H
#define KDUMP_CRYPT_CAPTURE_MODULES_H

#include "tool/image/capture_contents.h"

/*
 * Add the modules to the initramfs and to the plan of @image, in the order of
 * loading: those of watchdogs, disks, encryption, filesystems, and those that
 * the configuration names. Return 0, or -1 if one is not installed.
 */
int capture_modules_add(struct capture_image *image, struct text_list *warnings,
			struct error *error);

/*
 * Add the names of the modules that a filesystem of the @type, which is mounted,
 * needs if it has certain features, such as quota.
 */
void capture_modules_find_helpers(struct text_list *modules, const char *type);

#endif /* KDUMP_CRYPT_CAPTURE_MODULES_H */
