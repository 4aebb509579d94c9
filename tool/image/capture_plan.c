// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/disk_identity.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/core_collector.h"
#include "tool/host/crypttab.h"
#include "tool/image/capture_plan.h"
#include "tool/keys/detached_header.h"
#include "tool/keys/volume_key.h"

#define HOST_NAME_SIZE 65
#define HOST_NAME_FILE "/etc/hostname"
#define NO_HOST_NAME   "localhost"

static bool is_name(const char *name)
{
	return name[0] && name[0] != '#' && !strpbrk(name, "/ \t\n");
}

/*
 * The configured name comes first: the running one may come from the network,
 * later than the boot builds the image.
 */
char *capture_plan_host(void)
{
	char running[HOST_NAME_SIZE] = "";
	char *name = textfile_read(HOST_NAME_FILE, NULL);

	if (name && is_name(name) && strcmp(name, NO_HOST_NAME))
		return name;
	free(name);
	if (gethostname(running, sizeof(running) - 1) || !is_name(running))
		return xstrdup(NO_HOST_NAME);
	return xstrdup(running);
}

static void add_list(struct text_list *to, const struct text_list *from)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		text_list_add_once(to, from->items[i]);
}

static int plan_volume(struct plan *plan, const struct luks_volume *volume,
		       struct error *error)
{
	char *description = volume_key_description(volume->luks_uuid);
	char *header = detached_header_find(volume->device, CRYPTTAB);
	struct plan_volume *planned =
		plan_add_volume(plan, volume->luks_uuid, description);
	int ret = 0;

	if (planned) {
		disk_identity_read(&planned->identity, volume->device, "/sys");
		planned->content_uuid = target_device_uuid(volume->mapping);
		if (header)
			planned->header = xasprintf(PLAN_HEADERS "/%s",
						    volume->luks_uuid);
		if (header && !planned->content_uuid)
			ret = error_set(
				error, ENOTSUP,
				"the LUKS volume on %s has a detached header, and its content has no UUID by which the crash kernel could recognize it: choose another path",
				volume->device);
	}
	free(header);
	free(description);
	return ret;
}

/* @layer may be NULL. */
static void plan_device(struct plan_devices *devices, const char *file,
			const char *layer, char *uuid)
{
	struct plan_device *planned;

	if (!uuid)
		return;
	planned = plan_add_device(devices);
	planned->uuid = uuid;
	planned->layer = xstrdup_or_null(layer);
	if (!layer)
		disk_identity_read(&planned->identity, file, "/sys");
}

static void plan_physical_volumes(struct plan *plan,
				  const struct text_list *files)
{
	size_t i, j;

	for (i = 0; i < files->count; i++) {
		char *uuid = target_device_uuid(files->items[i]);

		for (j = 0; uuid && j < plan->physical_volumes.count; j++)
			if (!strcmp(plan->physical_volumes.items[j].uuid,
				    uuid)) {
				free(uuid);
				uuid = NULL;
			}
		plan_device(&plan->physical_volumes, files->items[i], NULL,
			    uuid);
	}
}

static int plan_target(struct plan *plan, const struct target *target,
		       struct error *error)
{
	struct plan_target *planned = plan_add_target(plan);
	int ret = 0;
	size_t i;

	planned->filesystem_uuid = target_filesystem_uuid(target, error);
	planned->filesystem_type = xstrdup(target->filesystem_type);
	planned->mount_options = xstrdup_or_null(target->mount_options);
	planned->dump_directory = xstrdup(target->directory);
	planned->path = xstrdup(target->path);
	for (i = 0; i < target->device_count; i++) {
		const struct target_device *device = &target->devices[i];

		plan_device(&planned->devices, device->file, device->layer,
			    target_member_uuid(target, device->file));
	}
	plan_physical_volumes(plan, &target->stack.physical_volumes);
	for (i = 0; i < target->stack.volume_count && !ret; i++) {
		text_list_add(&planned->luks_uuids,
			      target->stack.volumes[i].luks_uuid);
		ret = plan_volume(plan, &target->stack.volumes[i], error);
	}
	add_list(&plan->arrays, &target->stack.arrays);
	add_list(&plan->logical_volumes, &target->stack.lvm_uuids);
	return planned->filesystem_uuid ? ret : -1;
}

int capture_plan_make(struct plan *plan, const struct targets *targets,
		      const struct config *config, struct error *error)
{
	size_t i;

	*plan = (struct plan) {
		.host = capture_plan_host(),
		.core_collector = core_collector_for(config->core_collector,
						     config->cpus),
		.collector_version = core_collector_version(),
		.kdump_pre = xstrdup_or_null(config->kdump_pre),
		.kdump_post = xstrdup_or_null(config->kdump_post),
		.final_action = config->final_action,
		.failure_action = config->failure_action,
		.device_timeout = config->disk_timeout,
		.degraded_timeout = config->degraded_timeout,
		.keep = config->keep,
		.make_room = config->make_room,
		.keep_free = config->keep_free,
		.hide_keys = config->hide_keys,
		.start_dirty_degraded = config->start_dirty_degraded,
	};
	for (i = 0; i < targets->count; i++)
		if (plan_target(plan, &targets->list[i], error))
			return -1;
	return 0;
}
