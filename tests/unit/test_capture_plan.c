// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tests/unit/scratch.h"
#include "tool/host/core_collector.h"
#include "tool/image/capture_plan.h"
#include "tool/keys/detached_header.h"
#include "tool/keys/volume_key.h"

#define MAPPING "/dev/mapper/c1"

/* What the fakes below find. */
static const char *header, *content;

char *core_collector_version(void)
{
	return NULL;
}

char *core_collector_for(const char *value, unsigned int cpus)
{
	return xstrdup(value);
}

char *volume_key_description(const char *luks_uuid)
{
	return xasprintf("cryptsetup:%s", luks_uuid);
}

char *detached_header_find(const char *device, const char *crypttab)
{
	return xstrdup_or_null(header);
}

char *target_device_uuid(const char *device)
{
	return strcmp(device, MAPPING) ? NULL : xstrdup_or_null(content);
}

char *target_member_uuid(const struct target *target, const char *device)
{
	return NULL;
}

char *target_filesystem_uuid(const struct target *target, struct error *error)
{
	return xstrdup("fs");
}

static int make(struct plan *plan, struct error *error)
{
	static struct luks_volume volume = { "luks", "/dev/missing", MAPPING };
	static struct target target = {
		.path = "/var/crash",
		.directory = "/crash",
		.filesystem_type = "ext4",
		.stack = { .volumes = &volume, .volume_count = 1 },
	};
	const struct targets targets = { .list = &target, .count = 1 };
	const struct config config = { .core_collector = "makedumpfile" };

	return capture_plan_make(plan, &targets, &config, error);
}

static void test_volume(void **state)
{
	struct error error;
	struct plan plan;

	header = NULL;
	content = NULL;
	assert_int_equal(make(&plan, &error), 0);
	assert_null(plan.volumes[0].header);
	plan_release(&plan);

	header = "/boot/header";
	content = "inside";
	assert_int_equal(make(&plan, &error), 0);
	assert_string_equal(plan.volumes[0].header, "/headers/luks");
	assert_string_equal(plan.volumes[0].content_uuid, "inside");
	plan_release(&plan);
}

/* The crash kernel would not know which device is the right one. */
static void test_detached_header_without_content(void **state)
{
	struct error error;
	struct plan plan;

	header = "/boot/header";
	content = NULL;
	assert_int_equal(make(&plan, &error), -1);
	assert_int_equal(error.number, ENOTSUP);
	assert_string_equal(
		error.reason,
		"the LUKS volume on /dev/missing has a detached header, and its content has no UUID by which the crash kernel could recognize it: choose another path");
	plan_release(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_volume),
		cmocka_unit_test(test_detached_header_without_content),
	};

	return cmocka_run_group_tests_name("capture_plan", tests, NULL, NULL);
}
