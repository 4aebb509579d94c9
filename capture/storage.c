// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "capture/device.h"
#include "capture/logged_program.h"
#include "capture/report.h"
#include "capture/storage.h"
#include "capture/volume.h"
#include "capture/watchdog.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"

#define MDADM		"/usr/sbin/mdadm"
#define LVM		"/usr/sbin/lvm"
#define LOG		"/run/storage.log"
#define ARRAY_LIST	"/run/mdadm.conf"
#define PROGRAM_SECONDS 40 /* for a run of mdadm or lvm */
#define RETRY_SECONDS	1
/* Disks that spin up one after the other come later than the first. */
#define DEGRADED_SECONDS 20

/* Seconds that a step may take until the watchdog restarts the machine. */
#define DEVICE_MARGIN  60
#define UNLOCK_SECONDS 120
#define CLOSE_SECONDS  120

enum kind {
	ARRAY,
	VOLUME,
	LOGICAL_VOLUME
};

/* What is open, in the order of opening. */
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

static char *array_device(size_t index)
{
	return xasprintf("/dev/md%zu", index);
}

static void stop_array(size_t index)
{
	char *device = array_device(index);
	char *arguments[] = { MDADM, "--stop", device, NULL };

	if (logged_program_run(arguments, "/dev/null", PROGRAM_SECONDS, NULL))
		report("raid", "%s could not be stopped", device);
	free(device);
}

static char *array_attribute(size_t index, const char *name)
{
	return xasprintf("/sys/block/md%zu/md/%s", index, name);
}

/* The crash kernel has better things to do than to make the array whole. */
static void freeze_resync(size_t index)
{
	char *file = array_attribute(index, "sync_action");

	textfile_write(file, "frozen", NULL);
	free(file);
}

/* One that was put together and not started tells nothing by mdadm's status. */
static bool array_is_started(size_t index)
{
	char *file = array_attribute(index, "array_state");
	char *state = textfile_read(file, NULL);
	bool started = state && strcmp(state, "inactive") &&
		       strcmp(state, "clear");

	free(state);
	free(file);
	return started;
}

static void report_array(const char *device, const char *uuid, size_t index)
{
	char *file = array_attribute(index, "degraded");
	long long missing = textfile_read_number(file, NULL);

	if (missing > 0)
		report("raid", "%s is array %s, without %lld of its disks",
		       device, uuid, missing);
	else
		report("raid", "%s is array %s", device, uuid);
	free(file);
}

/* Only for a list of arrays does mdadm wait until all their disks are there. */
static int write_array_list(const char *device, const char *uuid)
{
	FILE *stream = fopen(ARRAY_LIST, "we");

	if (!stream)
		return -1;
	fprintf(stream, "DEVICE partitions\nARRAY %s UUID=%s\n", device, uuid);
	return fclose(stream);
}

static bool open_array(const struct plan *plan, size_t index, bool degraded)
{
	char *arguments[] = { MDADM,
			      "--assemble",
			      "--scan",
			      "--config=" ARRAY_LIST,
			      degraded ? "--run" : "--no-degraded",
			      NULL };
	const char *uuid = plan->arrays.items[index];
	char *device = array_device(index);
	bool started;

	watchdog_step("device", PROGRAM_SECONDS + DEVICE_MARGIN);
	if (write_array_list(device, uuid))
		report("raid", "cannot write %s: %s", ARRAY_LIST,
		       strerror(errno));
	logged_program_run(arguments, LOG, PROGRAM_SECONDS, NULL);
	started = array_is_started(index);
	if (started) {
		freeze_resync(index);
		note_open(ARRAY, index);
		report_array(device, uuid, index);
	} else if (!access(device, F_OK)) {
		stop_array(index);
	}
	free(device);
	return started;
}

static char *volume_name(size_t index)
{
	return xasprintf("kdump-crypt-%zu", index);
}

static bool open_volume(const struct plan *plan, size_t index)
{
	const struct plan_volume *volume = &plan->volumes[index];
	char *device = device_find(volume->luks_uuid);
	char *name = volume_name(index);

	if (device) {
		report("device", "%s has LUKS volume %s", device,
		       volume->luks_uuid);
		watchdog_step("unlock", UNLOCK_SECONDS);
		tried[index] = true;
		if (!volume_open(volume, name, device))
			note_open(VOLUME, index);
	}
	free(name);
	free(device);
	return is_open(VOLUME, index);
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

	return logged_program_run(arguments, LOG, PROGRAM_SECONDS, NULL);
}

static bool open_logical_volume(const struct plan *plan, size_t index)
{
	char *name = plan->logical_volumes.items[index];

	watchdog_step("device", PROGRAM_SECONDS + DEVICE_MARGIN);
	if (run_lvchange("y", name))
		return false;
	note_open(LOGICAL_VOLUME, index);
	report("lvm", "%s activated", name);
	return true;
}

/* Open what can be opened now. Returns whether there was any. */
static bool advance(const struct plan *plan, bool degraded)
{
	static double next_try;
	bool advanced = false;
	size_t i;

	for (i = 0; i < plan->volume_count; i++)
		if (!tried[i] && open_volume(plan, i))
			advanced = true;
	/* A failed try makes events itself: those must not lead to the next. */
	if (!advanced && report_clock() < next_try)
		return false;
	for (i = 0; i < plan->arrays.count; i++)
		if (!is_open(ARRAY, i) && open_array(plan, i, degraded))
			advanced = true;
	for (i = 0; i < plan->logical_volumes.count; i++)
		if (!is_open(LOGICAL_VOLUME, i) && open_logical_volume(plan, i))
			advanced = true;
	next_try = report_clock() + RETRY_SECONDS;
	return advanced;
}

/* A volume that does not open stays closed: its key is gone. */
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
 * Another disk may have a filesystem with the same UUID, and a dump that is to
 * be encrypted must not go there. A device that was put together here is on
 * what was opened here.
 */
static bool is_on_what_was_opened(const char *device)
{
	/* The last is for the partition of an array. */
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
	static const struct plan_target *told;
	char *device = device_find(target->filesystem_uuid);

	if (!device || !target->luks_uuids.count ||
	    is_on_what_was_opened(device))
		return device;
	if (told != target)
		report("device",
		       "%s has the filesystem's UUID and is not encrypted: not used",
		       device);
	told = target;
	free(device);
	return NULL;
}

static char *wait_for_filesystem(const struct plan *plan,
				 const struct plan_target *target)
{
	double start = report_clock();
	int events = device_open_events();
	char *device;

	for (;;) {
		double waited = report_clock() - start;

		watchdog_step("device", plan->device_timeout + DEVICE_MARGIN);
		device = find_filesystem(target);
		if (device || is_hopeless(plan, target) ||
		    waited > plan->device_timeout)
			break;
		if (!advance(plan, waited > DEGRADED_SECONDS))
			device_wait_event(events);
	}
	if (events >= 0)
		close(events);
	return device;
}

char *storage_open(const struct plan *plan, const struct plan_target *target)
{
	char *device;

	if (!tried) {
		tried = xrealloc(NULL, plan->volume_count + 1);
		memset(tried, false, plan->volume_count + 1);
	}
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
		if (!tried[i])
			volume_forget_key(&plan->volumes[i]);
		tried[i] = true;
	}
}

static void close_volume(size_t index)
{
	char *name = volume_name(index);

	if (volume_close(name))
		report("close", "%s could not be closed", name);
	free(name);
}

void storage_close(const struct plan *plan)
{
	while (opened_count) {
		struct opened last = opened[--opened_count];
		char *name;

		watchdog_step("close", CLOSE_SECONDS);
		switch (last.kind) {
		case ARRAY:
			stop_array(last.index);
			break;
		case VOLUME:
			close_volume(last.index);
			break;
		case LOGICAL_VOLUME:
			name = plan->logical_volumes.items[last.index];
			if (run_lvchange("n", name))
				report("close", "%s could not be deactivated",
				       name);
			break;
		}
	}
	free(opened);
	opened = NULL;
	free(tried);
	tried = NULL;
}
