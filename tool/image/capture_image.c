// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/action.h"
#include "lib/first_stage.h"
#include "lib/xalloc.h"
#include "tool/host/core_collector.h"
#include "tool/host/crypttab.h"
#include "tool/image/capture_image.h"
#include "tool/image/capture_modules.h"
#include "tool/image/capture_plan.h"
#include "tool/image/capture_programs.h"
#include "tool/keys/detached_header.h"
#include "tool/keys/volume_header.h"

#define STATE_DIRECTORY "/var/lib/kdump-crypt"
#define FIRST_STAGE	LIBEXECDIR "/first-stage"

char *capture_image_file(const char *version)
{
	return xasprintf("%s/initramfs-%s.img", STATE_DIRECTORY, version);
}

static struct initramfs *new_squashfs(const char *file)
{
	char *name = xasprintf("%s.squashfs", file);
	struct initramfs *squashfs = initramfs_new(name);

	free(name);
	return squashfs;
}

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
		.file = capture_image_file(version),
		.modules = modules,
	};
	image->initramfs = initramfs_new(image->file);
	image->squashfs = new_squashfs(image->file);
	initramfs_add_file(image->initramfs, FIRST_STAGE, "/init");
	initramfs_add_text(image->initramfs,
			   action_name(config->failure_action),
			   FIRST_STAGE_FAILURE);
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
	if (image->squashfs)
		initramfs_abandon(image->squashfs);
	plan_release(&image->plan);
	text_list_release(&image->programs);
	text_list_release(&image->arguments);
	kernel_modules_free(image->modules);
	free(image->file);
	free(image->version);
	free(image);
}

/* Detached ones. The volume key replaces the keyslots, so those stay out. */
static void add_headers(struct capture_image *image)
{
	const struct targets *targets = image->targets;
	size_t i;

	for (i = 0; i < targets->volume_count; i++) {
		const struct luks_volume *volume = targets->volumes[i];
		char *header = detached_header_find(volume->device, CRYPTTAB);
		char *file = xasprintf(PLAN_HEADERS "/%s", volume->luks_uuid);

		if (header)
			initramfs_add_start(image->initramfs, header,
					    volume_metadata_size(
						    volume->device),
					    file);
		free(file);
		free(header);
	}
}

int capture_image_add_modules(struct capture_image *image,
			      struct text_list *warnings, struct error *error)
{
	char *json;

	if (capture_modules_add(image, warnings, error))
		return -1;
	add_headers(image);
	json = plan_to_json(&image->plan);
	initramfs_add_text(image->initramfs, json, PLAN_FILE);
	free(json);
	return 0;
}

int capture_image_add_programs(struct capture_image *image, struct error *error)
{
	if (capture_programs_add(image, error))
		return -1;
	if (image->has_squashfs)
		initramfs_add_squashfs(image->initramfs,
				       initramfs_file(image->squashfs));
	return 0;
}

static bool squashfs_is_current(const struct capture_image *image)
{
	return !image->has_squashfs || initramfs_is_current(image->squashfs);
}

bool capture_image_is_current(const struct capture_image *image)
{
	return squashfs_is_current(image) &&
	       initramfs_is_current(image->initramfs);
}

/*
 * It is kept for the next image, as programs change less often than the rest. A
 * trial makes one of its own if that is out of date.
 */
static int make_squashfs(struct capture_image *image, const char *trial,
			 struct text_list *warnings, struct error *error)
{
	struct initramfs *squashfs = image->squashfs;

	if (squashfs_is_current(image))
		return 0;
	if (trial) {
		char *file = xasprintf("%s.squashfs", trial);

		initramfs_set_file(squashfs, file);
		initramfs_set_source(image->initramfs, FIRST_STAGE_SQUASHFS,
				     file);
		free(file);
	}
	image->squashfs = NULL;
	return initramfs_finish_squashfs(squashfs, warnings, error);
}

static void add_concern(const struct capture_image *image,
			struct text_list *warnings)
{
	const struct plan *plan = &image->plan;
	char *concern = core_collector_concern(plan->collector_version,
					       plan->core_collector);

	if (concern)
		text_list_addf(warnings, "%s: " CORE_COLLECTOR_REMEDY, concern);
	free(concern);
}

/* @trial is the file to build in place of that which is out of date, or NULL. */
static int build(struct capture_image *image, const char *trial,
		 struct messages *messages, struct error *error)
{
	struct initramfs *initramfs = image->initramfs;

	if (capture_image_add_modules(image, &messages->warnings, error) ||
	    capture_image_add_programs(image, error))
		return -1;
	add_concern(image, &messages->warnings);
	if (capture_image_is_current(image))
		return 0;
	messages->progress("Building the capture initramfs ...");
	if (make_squashfs(image, trial, &messages->warnings, error))
		return -1;
	if (trial) {
		initramfs_set_file(initramfs, trial);
		free(image->file);
		image->file = xstrdup(trial);
	}
	image->initramfs = NULL;
	return initramfs_finish(initramfs, &messages->warnings, error);
}

static char *build_new(const char *version, const struct targets *targets,
		       const struct config *config, const char *trial,
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
	image->keeps_record = !trial;
	if (!build(image, trial, messages, error))
		file = xstrdup(image->file);
	capture_image_free(image);
	return file;
}

char *capture_image_build(const char *version, const struct targets *targets,
			  const struct config *config,
			  struct messages *messages, struct error *error)
{
	return build_new(version, targets, config, NULL, messages, error);
}

/* On the same filesystem, so that a full one is noticed. */
static char *trial_file(const char *version)
{
	return xasprintf("%s/trial-%s.img", STATE_DIRECTORY, version);
}

char *capture_image_try(const char *version, const struct targets *targets,
			const struct config *config, struct messages *messages,
			struct error *error)
{
	char *trial = trial_file(version);
	char *file =
		build_new(version, targets, config, trial, messages, error);

	free(trial);
	return file;
}

void capture_image_end_trial(const char *version)
{
	static const char *const endings[] = {
		"",	 ".inputs",   ".programs",
		".size", ".squashfs", ".squashfs.inputs",
	};
	char *trial = trial_file(version);
	size_t i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		char *file = xasprintf("%s%s", trial, endings[i]);

		unlink(file);
		free(file);
	}
	free(trial);
}
