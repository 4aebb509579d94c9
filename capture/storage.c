// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "capture/clock.h"
#include "capture/deadlines.h"
#include "capture/device.h"
#include "capture/logged_program.h"
#include "capture/raid.h"
#include "capture/report.h"
#include "capture/steps.h"
#include "capture/storage.h"
#include "capture/volume.h"
#include "lib/xalloc.h"

#define LVM "/usr/sbin/lvm"
#define LOG "/run/storage.log"

enum kind {
	ARRAY,
	VOLUME,
	LOGICAL_VOLUME
};

/* All open layers, in the order of opening. */
static struct opened {
	enum kind kind;
	size_t index; /* in the plan */
} *opened;

static size_t opened_count;

/* LUKS volumes whose key is gone: opened, or failed to open. */
static bool *tried;

static bool is_open(enum kind kind, size_t index)
{
	size_t i;

	for (i = 0; i < opened_count; i++)
		if (opened[i].kind == kind && opened[i].index == index)
			return true;
	return false;
}

static void note_open(enum kind kind, size_t index)
{
	opened = xrealloc(opened, (opened_count + 1) * sizeof(*opened));
	opened[opened_count++] = (struct opened) { kind, index };
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

/* Open the volume on @device. Its key is gone after it, in any case. */
static bool unlock(const struct plan *plan, size_t index, const char *device)
{
	const struct plan_volume *volume = &plan->volumes[index];
	char *name = volume_name(index);
	struct error error;
	bool failed;

	step_begin("unlock", UNLOCK_SECONDS);
	failed = volume_open(volume, name, device, &error);
	forget_key(volume);
	tried[index] = true;
	if (failed) {
		report("unlock", "%s", error.reason);
	} else {
		report("unlock", "/dev/mapper/%s opened with its volume key",
		       name);
		note_open(VOLUME, index);
	}
	free(name);
	return !failed;
}

static bool open_volume(const struct plan *plan, size_t index)
{
	const char *uuid = plan->volumes[index].luks_uuid;
	char *device = device_find(uuid);
	bool opened_now;

	if (!device)
		return false;
	report("device", "%s has LUKS volume %s", device, uuid);
	opened_now = unlock(plan, index, device);
	free(device);
	return opened_now;
}

static int run_lvchange(char *option, char *logical_volume)
{
	char *arguments[] = { LVM,
			      "lvchange",
			      "--yes",
			      "--activate",
			      option,
			      "--ignoreactivationskip",
			      logical_volume,
			      NULL };

	return logged_program_run(arguments, LOG, STORAGE_SECONDS, NULL);
}

static bool open_logical_volume(const struct plan *plan, size_t index)
{
	char *name = plan->logical_volumes.items[index];

	step_begin("device", STORAGE_SECONDS + KILL_MARGIN_SECONDS);
	if (run_lvchange("y", name))
		return false;
	note_open(LOGICAL_VOLUME, index);
	report("lvm", "%s activated", name);
	return true;
}

/* Open what can be opened now. Return true if there was any. */
static bool advance(const struct plan *plan, bool degraded)
{
	static double next_attempt;
	bool advanced = false;
	size_t i;

	for (i = 0; i < plan->volume_count; i++)
		if (!tried[i] && open_volume(plan, i))
			advanced = true;
	/* A failed attempt causes events, which must not cause the next one. */
	if (!advanced && clock_now() < next_attempt)
		return false;
	for (i = 0; i < plan->arrays.count; i++)
		if (!is_open(ARRAY, i) && open_array(plan, i, degraded))
			advanced = true;
	for (i = 0; i < plan->logical_volumes.count; i++)
		if (!is_open(LOGICAL_VOLUME, i) && open_logical_volume(plan, i))
			advanced = true;
	next_attempt = clock_now() + RETRY_SECONDS;
	return advanced;
}

/* A volume that could not be opened stays closed, as its key is gone. */
static bool is_hopeless(const struct plan *plan,
			const struct plan_target *target)
{
	size_t i;

	for (i = 0; i < plan->volume_count; i++)
		if (tried[i] && !is_open(VOLUME, i) &&
		    text_list_has(&target->luks_uuids,
				  plan->volumes[i].luks_uuid))
			return !plan->arrays.count;
	return false;
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
			       "the logical volume %s could not be activated",
			       plan->logical_volumes.items[i]);
	report("device", "no device with filesystem %s",
	       target->filesystem_uuid);
	logged_program_report("device", LOG);
}

/*
 * Another disk may have a filesystem with the same UUID. A dump for an
 * encrypted filesystem must not go there. Device-mapper and MD devices exist
 * only because this program opened them.
 */
static bool is_opened_here(const char *device)
{
	/* The last one finds the partition of an array. */
	static const char *const kinds[] = { "dm", "md", "../md" };
	struct stat status;
	bool found = false;
	size_t i;

	if (stat(device, &status))
		return false;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !found; i++) {
		char *kind = xasprintf("/sys/dev/block/%u:%u/%s",
				       major(status.st_rdev),
				       minor(status.st_rdev), kinds[i]);

		found = !access(kind, F_OK);
		free(kind);
	}
	return found;
}

static char *find_filesystem(const struct plan_target *target)
{
	static const struct plan_target *reported;
	char *device = device_find(target->filesystem_uuid);

	if (!device || !target->luks_uuids.count || is_opened_here(device))
		return device;
	if (reported != target)
		report("device",
		       "%s has the filesystem's UUID but is not encrypted, so it is not used",
		       device);
	reported = target;
	free(device);
	return NULL;
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
		device = find_filesystem(target);
		if (device || is_hopeless(plan, target) ||
		    waited > plan->device_timeout)
			break;
		if (!advance(plan, waited > plan->degraded_timeout))
			device_wait_event(events);
	}
	if (events >= 0)
		close(events);
	return device;
}

static void prepare_tried(const struct plan *plan)
{
	if (tried)
		return;
	tried = xrealloc(NULL, plan->volume_count + 1);
	memset(tried, false, plan->volume_count + 1);
}

char *storage_open(const struct plan *plan, const struct plan_target *target)
{
	char *device;

	prepare_tried(plan);
	device = wait_for_filesystem(plan, target);
	if (device)
		report("device", "%s has filesystem %s", device,
		       target->filesystem_uuid);
	else
		report_missing(plan, target);
	return device;
}

void storage_forget_keys(const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->volume_count; i++) {
		if (tried && tried[i])
			continue;
		forget_key(&plan->volumes[i]);
		if (tried)
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

static int close_logical_volume(char *name, struct error *error)
{
	if (run_lvchange("n", name))
		return error_set(error, 0, "cannot deactivate %s", name);
	return 0;
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
		return close_logical_volume(
			plan->logical_volumes.items[last->index], error);
	}
}

void storage_close(const struct plan *plan)
{
	struct error error;

	while (opened_count) {
		step_begin("close", CLOSE_SECONDS);
		if (close_opened(plan, &opened[--opened_count], &error))
			report("close", "%s", error.reason);
	}
	free(opened);
	opened = NULL;
	free(tried);
	tried = NULL;
}
