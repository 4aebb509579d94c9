// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "capture/btrfs.h"
#include "capture/candidates.h"
#include "capture/clock.h"
#include "capture/deadlines.h"
#include "capture/device.h"
#include "capture/logged_program.h"
#include "capture/logical_volume.h"
#include "capture/modules.h"
#include "capture/probe.h"
#include "capture/raid.h"
#include "capture/report.h"
#include "capture/shared.h"
#include "capture/steps.h"
#include "capture/storage.h"
#include "capture/volume.h"
#include "lib/prefix.h"
#include "lib/xalloc.h"

#define LOG "/run/storage.log"

enum kind {
	ARRAY,
	VOLUME,
	LOGICAL_VOLUME
};

/*
 * Shared by all processes of the capture: all open layers, in the order of
 * opening.
 */
static struct opened {
	enum kind kind;
	size_t index; /* in the plan */
} *opened;

static size_t *opened_count;

/* Shared as well: LUKS volumes whose key is gone. */
static bool *tried;

/*
 * What could not be opened, or was not the right one: the index of a LUKS volume,
 * a blank, and a device. If a header is not on its device, the device may have
 * another volume.
 */
static struct text_list failed;

static bool has_failed(size_t index, const char *device)
{
	char *text = xasprintf("%zu %s", index, device);
	bool found = text_list_has(&failed, text);

	free(text);
	return found;
}

static bool is_open(enum kind kind, size_t index)
{
	size_t i;

	for (i = 0; i < *opened_count; i++)
		if (opened[i].kind == kind && opened[i].index == index)
			return true;
	return false;
}

static void note_open(enum kind kind, size_t index)
{
	opened[(*opened_count)++] = (struct opened) { kind, index };
}

static void report_array(size_t index, const char *uuid)
{
	unsigned int missing = raid_missing_disks(index);
	char *device = raid_device(index);

	if (missing)
		report("raid", "%s is array %s, without %u of its disks",
		       device, uuid, missing);
	else
		report("raid", "%s is array %s", device, uuid);
	free(device);
}

static bool open_array(const struct plan *plan, size_t index, bool degraded)
{
	const char *uuid = plan->arrays.items[index];
	struct error error;

	step_begin("device", STORAGE_SECONDS + KILL_MARGIN_SECONDS);
	if (plan->start_dirty_degraded)
		raid_allow_dirty_degraded();
	if (raid_assemble(index, uuid, degraded, LOG, &error)) {
		if (error.number != EAGAIN)
			report("raid", "%s", error.reason);
		return false;
	}
	note_open(ARRAY, index);
	report_array(index, uuid);
	return true;
}

static char *volume_name(size_t index)
{
	return xasprintf("kdump-crypt-%zu", index);
}

static void forget_key(const struct plan_volume *volume)
{
	struct error error;

	if (volume_forget_key(volume, &error))
		report("unlock", "%s", error.reason);
}

/* Return true if what was there when the machine was armed is in the volume. */
static bool has_content(const struct plan_volume *volume, const char *name)
{
	char *device = xasprintf("/dev/mapper/%s", name);
	/* A wrong device opens as well if the header is not on it. */
	bool found = volume->content_uuid ?
			     device_has(device, volume->content_uuid) :
			     !volume->header;

	if (!found)
		report("unlock", "%s does not contain what it did before",
		       device);
	free(device);
	return found;
}

/* Open the volume on @device. Its key is gone if this succeeds. */
static bool unlock(const struct plan *plan, size_t index, const char *device)
{
	const struct plan_volume *volume = &plan->volumes[index];
	char *name = volume_name(index);
	struct error error;
	bool opened_now = false;

	step_begin("unlock", UNLOCK_SECONDS);
	if (volume_open(volume, name, device, &error)) {
		report("unlock", "%s", error.reason);
	} else if (!has_content(volume, name)) {
		volume_close(name, NULL);
	} else {
		forget_key(volume);
		tried[index] = true;
		report("unlock", "/dev/mapper/%s opened with its volume key",
		       name);
		note_open(VOLUME, index);
		opened_now = true;
	}
	free(name);
	return opened_now;
}

static void find_devices(struct text_list *devices,
			 const struct plan_volume *volume, bool any)
{
	if (volume->header)
		candidates_find_by_shape(devices, &volume->identity, any);
	else
		candidates_find(devices, volume->luks_uuid, &volume->identity,
				any);
}

/*
 * Try the devices that may have the volume, each once. A device that may be a
 * copy is only tried when the right one had its time to appear.
 */
static bool open_volume(const struct plan *plan, size_t index, double waited)
{
	const struct plan_volume *volume = &plan->volumes[index];
	struct text_list devices = {};
	bool opened_now = false;
	size_t i;

	find_devices(&devices, volume, waited > COPY_SECONDS);
	for (i = 0; i < devices.count && !opened_now; i++) {
		const char *device = devices.items[i];

		if (has_failed(index, device))
			continue;
		report("device", "%s %s LUKS volume %s", device,
		       volume->header ? "may have" : "has", volume->luks_uuid);
		opened_now = unlock(plan, index, device);
		if (opened_now)
			candidates_report_others(volume->luks_uuid,
						 "LUKS volume", device);
		else
			text_list_addf(&failed, "%zu %s", index, device);
	}
	text_list_release(&devices);
	return opened_now;
}

/*
 * Add the devices that have the UUID of a physical volume and are not the right
 * one: copies, and the other paths to it.
 */
static void find_other_devices(struct text_list *others,
			       const struct plan_device *physical_volume,
			       double waited)
{
	struct text_list all = {}, right = {};
	size_t i;

	candidates_find(&all, physical_volume->uuid, &physical_volume->identity,
			true);
	candidates_find(&right, physical_volume->uuid,
			&physical_volume->identity, waited > COPY_SECONDS);
	for (i = 0; i < all.count; i++)
		if (!right.count || strcmp(all.items[i], right.items[0]))
			text_list_add_once(others, all.items[i]);
	text_list_release(&right);
	text_list_release(&all);
}

static bool open_logical_volume(const struct plan *plan, size_t index,
				double waited)
{
	const char *volume = plan->logical_volumes.items[index];
	struct text_list ignored = {};
	size_t i;
	int ret;

	step_begin("device", STORAGE_SECONDS + KILL_MARGIN_SECONDS);
	for (i = 0; i < plan->physical_volumes.count; i++)
		find_other_devices(&ignored, &plan->physical_volumes.items[i],
				   waited);
	/* It may have a snapshot now, which it did not have before. */
	do {
		step_begin("device", STORAGE_SECONDS + KILL_MARGIN_SECONDS);
		ret = logical_volume_activate(volume, &ignored,
					      waited > plan->degraded_timeout,
					      LOG);
	} while (ret && modules_load_on_demand());
	text_list_release(&ignored);
	if (ret)
		return false;
	note_open(LOGICAL_VOLUME, index);
	report("lvm", "%.*s activated", (int)strcspn(volume, " "), volume);
	return true;
}

/* Open what can be opened now. Return true if there was any. */
static bool advance(const struct plan *plan, const struct plan_target *target,
		    double waited)
{
	bool degraded = waited > plan->degraded_timeout;
	static double next_attempt;
	bool advanced = false;
	size_t i;

	/* The disk of another target may hang. */
	for (i = 0; i < plan->volume_count; i++)
		if (!tried[i] &&
		    text_list_has(&target->luks_uuids,
				  plan->volumes[i].luks_uuid) &&
		    open_volume(plan, i, waited))
			advanced = true;
	/* A failed attempt causes events, which must not cause the next one. */
	if (!advanced && clock_now() < next_attempt)
		return false;
	for (i = 0; i < plan->arrays.count; i++)
		if (!is_open(ARRAY, i) && open_array(plan, i, degraded))
			advanced = true;
	for (i = 0; i < plan->logical_volumes.count; i++)
		if (!is_open(LOGICAL_VOLUME, i) &&
		    open_logical_volume(plan, i, waited))
			advanced = true;
	next_attempt = clock_now() + RETRY_SECONDS;
	return advanced;
}

/*
 * Return true if every device with the volume's UUID was tried in vain. If the
 * header is not on the device, nothing tells that this was the right one.
 */
static bool all_failed(const struct plan *plan, size_t index)
{
	const struct plan_volume *volume = &plan->volumes[index];
	struct text_list devices = {};
	bool none_left;
	size_t i;

	if (volume->header)
		return false;
	find_devices(&devices, volume, true);
	none_left = devices.count > 0;
	for (i = 0; i < devices.count; i++)
		none_left &= has_failed(index, devices.items[i]);
	text_list_release(&devices);
	return none_left;
}

/*
 * A volume whose key is gone stays closed. One that could not be opened may have
 * another device, which had its time to appear. An array may do without it, and
 * so may a Btrfs.
 */
static bool is_hopeless(const struct plan *plan,
			const struct plan_target *target, double waited)
{
	size_t i;

	if (plan->arrays.count || target->devices.count > 1)
		return false;
	for (i = 0; i < plan->volume_count; i++)
		if (!is_open(VOLUME, i) &&
		    text_list_has(&target->luks_uuids,
				  plan->volumes[i].luks_uuid) &&
		    (tried[i] || (failed.count && waited > COPY_SECONDS &&
				  all_failed(plan, i))))
			return true;
	return false;
}

/* A copy, a snapshot, or a filesystem that is not encrypted, for example. */
static void report_others(const struct plan_target *target)
{
	struct text_list devices = {};
	size_t i;

	probe_find(&devices, target->filesystem_uuid);
	for (i = 0; i < devices.count; i++)
		report("device",
		       "%s has the filesystem's UUID but is another device, so it is not used",
		       devices.items[i]);
	text_list_release(&devices);
}

static void report_missing(const struct plan *plan,
			   const struct plan_target *target)
{
	size_t i;

	for (i = 0; i < plan->arrays.count; i++)
		if (!is_open(ARRAY, i))
			report("device",
			       "the RAID array %s could not be assembled",
			       plan->arrays.items[i]);
	for (i = 0; i < plan->volume_count; i++)
		if (!tried[i] && text_list_has(&target->luks_uuids,
					       plan->volumes[i].luks_uuid))
			report("device",
			       "no device with UUID %s after %u seconds",
			       plan->volumes[i].luks_uuid,
			       plan->device_timeout);
	for (i = 0; i < plan->logical_volumes.count; i++)
		if (!is_open(LOGICAL_VOLUME, i))
			report("device",
			       "the logical volume %.*s could not be activated",
			       (int)strcspn(plan->logical_volumes.items[i],
					    " "),
			       plan->logical_volumes.items[i]);
	report_others(target);
	report("device", "no device with filesystem %s",
	       target->filesystem_uuid);
	logged_program_report("device", LOG);
}

/* Return the device that has this layer, once it is open. */
static char *find_layer(const struct plan *plan, const char *layer)
{
	const char *uuid = strchr(layer, ' ') + 1;
	size_t i;

	for (i = 0; i < plan->volume_count; i++)
		if (is_open(VOLUME, i) &&
		    !strcmp(plan->volumes[i].luks_uuid, uuid)) {
			char *name = volume_name(i);
			char *device = xasprintf("/dev/mapper/%s", name);

			free(name);
			return device;
		}
	for (i = 0; i < plan->arrays.count; i++)
		if (is_open(ARRAY, i) && !strcmp(plan->arrays.items[i], uuid))
			return raid_device(i);
	return logical_volume_device(uuid);
}

/* The filesystem may be on the layer's device, or on a partition of an array. */
static char *find_on_layer(const struct plan *plan,
			   const struct plan_device *planned)
{
	char *layer = find_layer(plan, planned->layer), *device = NULL;
	struct text_list devices = {};
	size_t i;

	if (!layer)
		return NULL;
	if (device_has(layer, planned->uuid))
		return layer;
	if (starts_with(planned->layer, "raid "))
		candidates_find(&devices, planned->uuid, &planned->identity,
				true);
	for (i = 0; i < devices.count && !device; i++)
		if (starts_with(devices.items[i], layer))
			device = xstrdup(devices.items[i]);
	text_list_release(&devices);
	free(layer);
	return device;
}

/*
 * Another device may have a filesystem with the same UUID, such as a snapshot, a
 * copy of the disk, or one that is not encrypted. A dump must not go there.
 */
static char *find_member(const struct plan *plan,
			 const struct plan_device *planned, double waited)
{
	struct text_list devices = {};
	char *device;

	if (planned->layer)
		return find_on_layer(plan, planned);
	candidates_find(&devices, planned->uuid, &planned->identity,
			waited > COPY_SECONDS);
	device = devices.count ? xstrdup(devices.items[0]) : NULL;
	text_list_release(&devices);
	return device;
}

/*
 * Return a device of the filesystem, if all are there. A Btrfs that lacks some
 * may still be usable.
 */
static char *find_filesystem(const struct plan *plan,
			     const struct plan_target *target, double waited)
{
	const struct plan_devices *planned = &target->devices;
	bool degraded = waited > plan->degraded_timeout;
	struct text_list found = {};
	char *device = NULL;
	size_t i;

	for (i = 0; i < planned->count; i++) {
		char *member = find_member(plan, &planned->items[i], waited);

		if (member)
			text_list_add(&found, member);
		free(member);
	}
	if (found.count && (found.count == planned->count || degraded)) {
		device = xstrdup(found.items[0]);
		if (planned->count > 1)
			btrfs_announce(&found);
		if (found.count < planned->count)
			report("device", "%zu of %zu devices are missing",
			       planned->count - found.count, planned->count);
	}
	text_list_release(&found);
	return device;
}

static char *wait_for_filesystem(const struct plan *plan,
				 const struct plan_target *target)
{
	double start = clock_now();
	int events = device_open_events();
	char *device;

	for (;;) {
		double waited = clock_now() - start;

		step_begin("device",
			   plan->device_timeout + KILL_MARGIN_SECONDS);
		device = find_filesystem(plan, target, waited);
		if (device || is_hopeless(plan, target, waited) ||
		    (waited > plan->device_timeout &&
		     modules_idle() > COPY_SECONDS) ||
		    waited > plan->device_timeout + MODULE_SECONDS)
			break;
		if (!advance(plan, target, waited))
			device_wait_event(events);
	}
	if (events >= 0)
		close(events);
	return device;
}

void storage_prepare(const struct plan *plan)
{
	size_t layers = plan->volume_count + plan->arrays.count +
			plan->logical_volumes.count;

	opened = shared_memory((layers + 1) * sizeof(*opened));
	opened_count = shared_memory(sizeof(*opened_count));
	tried = shared_memory(plan->volume_count + 1);
}

char *storage_open(const struct plan *plan, const struct plan_target *target)
{
	char *device;

	device = wait_for_filesystem(plan, target);
	if (device) {
		report("device", "%s has filesystem %s", device,
		       target->filesystem_uuid);
		/* A Btrfs may have several devices. */
		if (strcmp(target->filesystem_type, "btrfs"))
			candidates_report_others(target->filesystem_uuid,
						 "filesystem", device);
	} else {
		report_missing(plan, target);
	}
	return device;
}

void storage_forget_keys(const struct plan *plan)
{
	size_t i;

	for (i = 0; tried && i < plan->volume_count; i++) {
		if (tried[i])
			continue;
		forget_key(&plan->volumes[i]);
		tried[i] = true;
	}
}

static int close_volume(size_t index, struct error *error)
{
	char *name = volume_name(index);
	int ret = volume_close(name, error);

	free(name);
	return ret;
}

static int close_opened(const struct plan *plan, const struct opened *last,
			struct error *error)
{
	switch (last->kind) {
	case ARRAY:
		return raid_stop(last->index, error);
	case VOLUME:
		return close_volume(last->index, error);
	default:
		return logical_volume_deactivate(
			plan->logical_volumes.items[last->index], error);
	}
}

void storage_close(const struct plan *plan)
{
	struct error error;

	while (*opened_count) {
		step_begin("close", CLOSE_SECONDS);
		if (close_opened(plan, &opened[--*opened_count], &error))
			report("close", "%s", error.reason);
	}
}
