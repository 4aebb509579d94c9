/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capture initramfs: what the crash kernel runs, and with which plan. */
#ifndef KDUMP_CRYPT_CAPTURE_IMAGE_H
#define KDUMP_CRYPT_CAPTURE_IMAGE_H

#include <stdbool.h>

#include "tool/host/config.h"
#include "tool/storage/targets.h"

/*
 * The capture initramfs for the kernel @version and @targets, built where there
 * is none or anything that it is made from has changed. Returns the name of its
 * file, for the caller to free, or NULL after the reason was printed.
 */
char *capture_image_build(const char *version, const struct targets *targets,
			  const struct config *config);

/*
 * The same, step by step and without building anything. NULL after the reason
 * was printed. The caller releases it with capture_image_free(), and @targets
 * and @config after it.
 */
struct capture_image *capture_image_new(const char *version,
					const struct targets *targets,
					const struct config *config);
void capture_image_free(struct capture_image *image);

/*
 * Find all that belongs into it: the modules, and the plan, which lists them;
 * then the programs. Return 0, or -1 after the reason was printed.
 */
int capture_image_add_modules(struct capture_image *image);
int capture_image_add_programs(struct capture_image *image);

/* Whether its file was made from all this as it is now. */
bool capture_image_is_current(const struct capture_image *image);

const char *capture_image_file(const struct capture_image *image);

/* This machine's name as dumps have it, for the caller to free. */
char *capture_image_host(void);

#endif /* KDUMP_CRYPT_CAPTURE_IMAGE_H */
