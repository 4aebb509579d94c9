// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/storage/targets.h"

static bool has_volume(const struct targets *targets, const char *luks_uuid)
{
	size_t i;

	for (i = 0; i < targets->volume_count; i++)
		if (!strcmp(targets->volumes[i]->luks_uuid, luks_uuid))
			return true;
	return false;
}

static void add_volumes(struct targets *targets, const struct target *target)
{
	size_t i;

	for (i = 0; i < target->stack.volume_count; i++) {
		const struct luks_volume *volume = &target->stack.volumes[i];

		if (has_volume(targets, volume->luks_uuid))
			continue;
		targets->volumes = xrealloc(targets->volumes,
					    (targets->volume_count + 1) *
						    sizeof(*targets->volumes));
		targets->volumes[targets->volume_count++] = volume;
	}
}

static int add_target(struct targets *targets, const char *path,
		      struct error *error)
{
	struct target *target = &targets->list[targets->count];

	if (target_resolve(target, path, "/proc/self/mountinfo", "/sys", error))
		return -1;
	/* To read the devices would wait. */
	if (target->stack.is_suspended) {
		target_release(target);
		return error_set(
			error, EBUSY,
			"a device below it is suspended: resume it, with cryptsetup luksResume or dmsetup resume, then run kdump-crypt load");
	}
	targets->count++;
	add_volumes(targets, target);
	return 0;
}

int targets_find(struct targets *targets, const char *path,
		 const struct text_list *fallback_paths,
		 struct text_list *warnings, struct error *error)
{
	struct error reason;
	size_t i;

	*targets = (struct targets) {
		.list = xrealloc(NULL, (fallback_paths->count + 1) *
					       sizeof(*targets->list)),
	};
	if (add_target(targets, path, error)) {
		targets_release(targets);
		return error_prefix(error, "cannot dump to %s", path);
	}
	for (i = 0; i < fallback_paths->count; i++)
		if (add_target(targets, fallback_paths->items[i], &reason) &&
		    warnings)
			text_list_addf(warnings,
				       "the fallback path %s is left out: %s",
				       fallback_paths->items[i], reason.reason);
	return 0;
}

void targets_release(struct targets *targets)
{
	size_t i;

	for (i = 0; i < targets->count; i++)
		target_release(&targets->list[i]);
	free(targets->list);
	free(targets->volumes);
	memset(targets, 0, sizeof(*targets));
}
