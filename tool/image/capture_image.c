// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/xalloc.h"
#include "tool/image/capture_image.h"
#include "tool/image/capture_modules.h"
#include "tool/image/capture_plan.h"
#include "tool/image/capture_programs.h"

#define STATE_DIRECTORY "/var/lib/kdump-crypt"

struct capture_image *capture_image_new(const char *version,
					const struct targets *targets,
					const struct config *config,
					struct error *error)
{
	struct kernel_modules *modules = kernel_modules_new(version, error);
	struct capture_image *image;

	if (!modules)
		return NULL;
	image = xrealloc(NULL, sizeof(*image));
	*image = (struct capture_image) {
		.targets = targets,
		.config = config,
		.version = xstrdup(version),
		.file = xasprintf("%s/initramfs-%s.img", STATE_DIRECTORY,
				  version),
		.modules = modules,
	};
	image->initramfs = initramfs_new(image->file);
	/* The kernel opens the console before it mounts a devtmpfs. */
	initramfs_add_character_device(image->initramfs, 5, 1, "/dev/console");
	if (!capture_plan_make(&image->plan, targets, config, error))
		return image;
	capture_image_free(image);
	return NULL;
}

void capture_image_free(struct capture_image *image)
{
	if (image->initramfs)
		initramfs_abandon(image->initramfs);
	plan_release(&image->plan);
	kernel_modules_free(image->modules);
	free(image->file);
	free(image->version);
	free(image);
}

int capture_image_add_modules(struct capture_image *image,
			      struct text_list *warnings, struct error *error)
{
	char *json;

	if (capture_modules_add(image, warnings, error))
		return -1;
	json = plan_to_json(&image->plan);
	initramfs_add_text(image->initramfs, json, PLAN_FILE);
	free(json);
	return 0;
}

int capture_image_add_programs(struct capture_image *image, struct error *error)
{
	return capture_programs_add(image, error);
}

bool capture_image_is_current(const struct capture_image *image)
{
	return initramfs_is_current(image->initramfs);
}

static int build(struct capture_image *image, struct messages *messages,
		 struct error *error)
{
	struct initramfs *initramfs = image->initramfs;

	if (capture_image_add_modules(image, &messages->warnings, error) ||
	    capture_image_add_programs(image, error))
		return -1;
	if (capture_image_is_current(image))
		return 0;
	messages->progress("Building the capture initramfs ...");
	image->initramfs = NULL;
	return initramfs_finish(initramfs, &messages->warnings, error);
}

char *capture_image_build(const char *version, const struct targets *targets,
			  const struct config *config,
			  struct messages *messages, struct error *error)
{
	struct capture_image *image;
	char *file = NULL;

	if (mkdir(STATE_DIRECTORY, 0755) && errno != EEXIST) {
		error_set_make(error, STATE_DIRECTORY);
		return NULL;
	}
	image = capture_image_new(version, targets, config, error);
	if (!image)
		return NULL;
	if (!build(image, messages, error))
		file = xstrdup(image->file);
	capture_image_free(image);
	return file;
}
