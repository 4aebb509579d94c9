/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capture initramfs: what the crash kernel runs, and with which plan. */
#ifndef KDUMP_CRYPT_CAPTURE_IMAGE_H
#define KDUMP_CRYPT_CAPTURE_IMAGE_H

#include "../lib/config.h"
#include "target.h"

/*
 * The capture initramfs for the kernel @version and @targets, built where there
 * is none or anything that it is made from has changed. Returns the name of its
 * file, for the caller to free, or NULL after the reason was printed.
 */
char *capture_image_build(const char *version, const struct targets *targets,
			  const struct config *config);

#endif /* KDUMP_CRYPT_CAPTURE_IMAGE_H */
