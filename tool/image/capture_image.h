/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capture initramfs: the programs and kernel modules that the crash kernel
 * needs, and the plan that tells them what to do. It holds no key.
 */
#ifndef KDUMP_CRYPT_CAPTURE_IMAGE_H
#define KDUMP_CRYPT_CAPTURE_IMAGE_H

#include <stdbool.h>

#include "lib/error.h"
#include "lib/text_list.h"
#include "tool/host/config.h"
#include "tool/host/messages.h"
#include "tool/image/capture_contents.h"
#include "tool/storage/targets.h"

/*
 * Return the name of the capture initramfs for the kernel @version and
 * @targets. It is built if there is none, or if anything that it is made from
 * has changed. Return NULL on failure. The caller frees the name.
 */
char *capture_image_build(const char *version, const struct targets *targets,
			  const struct config *config,
			  struct messages *messages, struct error *error);

/*
 * The same, but leave the one that is there as it is: if it is not up to date,
 * build another one to try whether that works. The caller removes that with
 * capture_image_end_trial(), also if this fails.
 */
char *capture_image_try(const char *version, const struct targets *targets,
			const struct config *config, struct messages *messages,
			struct error *error);
void capture_image_end_trial(const char *version);

/* Return the name of the capture initramfs. The caller frees it. */
char *capture_image_file(const char *version);

/*
 * The same step by step, without building anything. Return NULL on failure. The
 * caller releases the image with capture_image_free(), and @targets and @config
 * after that.
 */
struct capture_image *capture_image_new(const char *version,
					const struct targets *targets,
					const struct config *config,
					struct error *error);
void capture_image_free(struct capture_image *image);

/*
 * Find all that belongs into the image: first the modules and the plan, which
 * lists them, and then the programs. Return 0, or -1 if something is not
 * installed.
 */
int capture_image_add_modules(struct capture_image *image,
			      struct text_list *warnings, struct error *error);
int capture_image_add_programs(struct capture_image *image,
			       struct error *error);

/* Return true if its file was made from all this as it is now. */
bool capture_image_is_current(const struct capture_image *image);

#endif /* KDUMP_CRYPT_CAPTURE_IMAGE_H */
