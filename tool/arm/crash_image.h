/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a crash kernel is loaded from. */
#ifndef KDUMP_CRYPT_CRASH_IMAGE_H
#define KDUMP_CRYPT_CRASH_IMAGE_H

#include <stdbool.h>

#include "lib/error.h"
#include "tool/arm/arming.h"
#include "tool/host/messages.h"

struct crash_image {
	char *kernel; /* file */
	char *version;
	char *initramfs; /* file */
	char *command_line;
};

/*
 * Choose the kernel, make its command line, and build the capture initramfs if
 * that is out of date; for a dry run, one that is only tried. With @needs_module,
 * check first that the kernel has the module. Return 0 or -1. The caller releases
 * @image with crash_image_release() in both cases.
 */
int crash_image_make(struct crash_image *image, const struct arming *arming,
		     bool needs_module, struct messages *messages,
		     struct error *error);

void crash_image_release(struct crash_image *image);

#endif /* KDUMP_CRYPT_CRASH_IMAGE_H */
