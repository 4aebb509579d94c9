// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/btrfs.h"
#include "capture/candidates.h"
#include "capture/clock.h"
#include "capture/device.h"
#include "capture/logged_program.h"
#include "capture/logical_volume.h"
#include "capture/modules.h"
#include "capture/probe.h"
#include "capture/raid.h"
#include "capture/report.h"
#include "capture/steps.h"
#include "capture/storage.h"
#include "capture/volume.h"
#include "lib/xalloc.h"
#include "tests/unit/scratch.h"

#define TIMEOUT 180

/*
 * A machine with disks of equal size and without serial numbers. Each has one
 * LUKS volume, and what is in it has the UUID of the volume. NULL: it is damaged.
 */
static struct disk {
	const char *device, *luks_uuid;
	bool has_header;
	double appears; /* after the start, in seconds */
} disks[2];

static double now;

/* Which disk each volume of the plan is open on. NULL: none */
static const struct disk *open_on[3];

double clock_now(void)
{
	return now;
}

void device_wait_event(int events)
{
	now += 1;
}

int device_open_events(void)
{
	return -1;
}

bool modules_load_on_demand(void)
{
	return false;
}

double modules_idle(void)
{
	return now;
}

void step_begin(const char *name, unsigned int seconds)
{
}

void report(const char *step, const char *text, ...)
{
}

void logged_program_report(const char *step, const char *log)
{
}

void probe_find(struct text_list *devices, const char *uuid)
{
}

void candidates_find(struct text_list *devices, const char *uuid,
		     const struct text_list *identity, bool any)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(disks); i++)
		if (disks[i].has_header && now >= disks[i].appears &&
		    !strcmp(disks[i].luks_uuid, uuid))
			text_list_add(devices, disks[i].device);
}

void candidates_find_by_shape(struct text_list *devices,
			      const struct text_list *identity, bool any)
{
	size_t i;

	for (i = 0; any && i < ARRAY_SIZE(disks); i++)
		if (now >= disks[i].appears)
			text_list_add(devices, disks[i].device);
}

void candidates_report_others(const char *uuid, const char *what,
			      const char *used)
{
}

static size_t number_of(const char *name)
{
	return strtoul(strrchr(name, '-') + 1, NULL, 10);
}

/* A key fits every device if the header is elsewhere. */
int volume_open(const struct plan_volume *volume, const char *name,
		const char *device, struct error *error)
{
	size_t i = strcmp(disks[0].device, device) ? 1 : 0;

	if (disks[i].has_header && volume->header)
		return error_set(error, 0, "busy");
	open_on[number_of(name)] = &disks[i];
	return 0;
}

int volume_forget_key(const struct plan_volume *volume, struct error *error)
{
	return 0;
}

int volume_close(const char *name, struct error *error)
{
	open_on[number_of(name)] = NULL;
	return 0;
}

bool device_has(const char *device, const char *uuid)
{
	const struct disk *disk = open_on[number_of(device)];

	return disk && disk->luks_uuid && !strcmp(disk->luks_uuid, uuid);
}

/* Nothing here has such layers. */

void btrfs_announce(const struct text_list *devices)
{
}

int raid_assemble(size_t index, const char *uuid, bool degraded,
		  const char *log, struct error *error)
{
	return -1;
}

void raid_allow_dirty_degraded(void)
{
}

unsigned int raid_missing_disks(size_t index)
{
	return 0;
}

int raid_stop(size_t index, struct error *error)
{
	return 0;
}

char *raid_device(size_t index)
{
	return NULL;
}

int logical_volume_activate(const char *planned,
			    const struct text_list *ignored, bool degraded,
			    const char *log)
{
	return -1;
}

int logical_volume_deactivate(const char *planned, struct error *error)
{
	return 0;
}

char *logical_volume_device(const char *dm_uuid)
{
	return NULL;
}

static void add_volume(struct plan *plan, const char *uuid, bool is_detached)
{
	struct plan_volume *volume = plan_add_volume(plan, uuid, "key");

	volume->content_uuid = xstrdup(uuid);
	if (is_detached)
		volume->header = xstrdup("/headers/x");
}

/* A filesystem on the volume @uuid, and on @other unless that is NULL. */
static void add_target(struct plan *plan, const char *uuid, const char *other)
{
	struct plan_target *target = plan_add_target(plan);
	const char *const uuids[] = { uuid, other };
	size_t i;

	target->filesystem_uuid = xstrdup(uuid);
	target->filesystem_type = xstrdup("btrfs");
	for (i = 0; i < ARRAY_SIZE(uuids) && uuids[i]; i++) {
		struct plan_device *device = plan_add_device(&target->devices);

		text_list_add(&target->luks_uuids, uuids[i]);
		device->uuid = xstrdup(uuids[i]);
		device->layer = xasprintf("luks %s", uuids[i]);
	}
}

static void start(struct plan *plan)
{
	*plan = (struct plan) { .device_timeout = TIMEOUT,
				.degraded_timeout = 30 };
	now = 0;
	memset(open_on, 0, sizeof(open_on));
}

static void assert_opens(const struct plan *plan, size_t target,
			 const char *expected)
{
	char *device = storage_open(plan, &plan->targets[target]);

	if (expected) {
		assert_non_null(device);
		assert_string_equal(device, expected);
	} else {
		assert_null(device);
	}
	free(device);
}

/* The other disk does not have the content. */
static void test_late_disk(void **state)
{
	struct plan plan;

	disks[0] = (struct disk) { "/dev/late1", "other", false, 0 };
	disks[1] = (struct disk) { "/dev/late2", "right", false, 30 };
	start(&plan);
	add_volume(&plan, "right", true);
	add_target(&plan, "right", NULL);
	storage_prepare(&plan);
	assert_opens(&plan, 0, "/dev/mapper/kdump-crypt-0");
	assert_true(now >= 30);
	plan_release(&plan);
}

static void test_fallback_of_equal_size(void **state)
{
	struct plan plan;

	disks[0] = (struct disk) { "/dev/dead1", NULL, false, 0 };
	disks[1] = (struct disk) { "/dev/dead2", "ordinary", true, 0 };
	start(&plan);
	add_volume(&plan, "dead", true);
	add_volume(&plan, "ordinary", false);
	add_target(&plan, "dead", NULL);
	add_target(&plan, "ordinary", NULL);
	storage_prepare(&plan);
	assert_opens(&plan, 0, NULL);
	assert_true(now >= TIMEOUT);
	assert_opens(&plan, 1, "/dev/mapper/kdump-crypt-1");
	plan_release(&plan);
}

static void test_two_volumes_of_equal_size(void **state)
{
	struct plan plan;

	disks[0] = (struct disk) { "/dev/two1", "second", false, 0 };
	disks[1] = (struct disk) { "/dev/two2", "first", false, 0 };
	start(&plan);
	add_volume(&plan, "first", true);
	add_volume(&plan, "second", true);
	add_target(&plan, "first", "second");
	storage_prepare(&plan);
	assert_opens(&plan, 0, "/dev/mapper/kdump-crypt-0");
	assert_ptr_equal(open_on[1], &disks[0]);
	assert_true(now < 30);
	plan_release(&plan);
}

/* A device that has the header and does not open is the right one. */
static void test_broken_volume(void **state)
{
	struct plan plan;

	disks[0] = (struct disk) { "/dev/broken1", "broken", true, 0 };
	disks[1] = (struct disk) { "/dev/broken2", "other", true, 0 };
	start(&plan);
	add_volume(&plan, "broken", false);
	free(plan.volumes[0].content_uuid);
	plan.volumes[0].content_uuid = xstrdup("lost");
	add_target(&plan, "broken", NULL);
	storage_prepare(&plan);
	assert_opens(&plan, 0, NULL);
	assert_true(now < 30);
	plan_release(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late_disk),
		cmocka_unit_test(test_fallback_of_equal_size),
		cmocka_unit_test(test_two_volumes_of_equal_size),
		cmocka_unit_test(test_broken_volume),
	};

	return cmocka_run_group_tests_name("storage", tests, NULL, NULL);
}
