// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/plan.h"
#include "tests/unit/scratch.h"

#define UUID "5c2d5b5e-9d51-4fd6-9c5c-1f6e0c3f2a11"

#define OTHER_UUID "a7a2d2b2-6f1e-4a52-8b6c-0d5a37b6b0c4"

static struct plan_device *add_device(struct plan_devices *devices,
				      const char *uuid, const char *layer)
{
	struct plan_device *device = plan_add_device(devices);

	device->uuid = strdup(uuid);
	device->layer = layer ? strdup(layer) : NULL;
	return device;
}

static void free_devices(struct plan_devices *devices)
{
	while (devices->count) {
		struct plan_device *last = &devices->items[--devices->count];

		free(last->uuid);
		free(last->layer);
		text_list_release(&last->identity);
	}
	free(devices->items);
	devices->items = NULL;
}

/* The texts are constants, so do not use plan_release(). The lists are allocated. */
static struct plan full_plan(void)
{
	struct plan plan = {
		.host = "host",
		.kdump_pre = "/usr/local/sbin/before",
		.core_collector = "makedumpfile -z -d 31",
		.final_action = ACTION_POWEROFF,
		.failure_action = ACTION_HALT,
		.device_timeout = 60,
		.degraded_timeout = 20,
		.keep = 3,
		.make_room = true,
		.keep_free = 7,
		.hide_keys = true,
		.start_dirty_degraded = true,
	};
	struct plan_target *target = plan_add_target(&plan);
	struct plan_volume *volume;

	*target = (struct plan_target) {
		.filesystem_uuid = "0fc63daf-8483-4772-8e79-3d69d8477de4",
		.filesystem_type = "ext4",
		.mount_options = "subvolid=5",
		.dump_directory = "/crash",
		.path = "/var/crash",
	};
	add_device(&target->devices, OTHER_UUID, "luks " UUID);
	add_device(&target->devices, UUID, "lvm LVM-1");
	text_list_add(&target->luks_uuids, UUID);
	text_list_add(&target->luks_uuids, OTHER_UUID);
	target = plan_add_target(&plan);
	*target = (struct plan_target) {
		.filesystem_uuid = "27D0-0A51",
		.filesystem_type = "vfat",
		.dump_directory = "/",
		.path = "/srv",
	};
	text_list_add(&add_device(&target->devices, "27D0-0A51", NULL)->identity,
		      "path=/0000:00:05.0");
	add_device(&plan.physical_volumes, "Vhq9ZR-Wl0e", NULL);

	volume = plan_add_volume(&plan, UUID, "cryptsetup:" UUID);
	text_list_add(&volume->identity, "serial=1");
	volume->content_uuid = strdup(OTHER_UUID);
	volume->header = strdup("/headers/" UUID);
	plan_add_volume(&plan, OTHER_UUID, "cryptsetup:" OTHER_UUID);
	/* Several targets may lie on the same volume. */
	assert_null(plan_add_volume(&plan, UUID, "cryptsetup:" UUID));
	assert_int_equal(plan.volume_count, 2);
	text_list_add(&plan.arrays, "8f0b4b9a-ff2d-4d3b-9a3f-2b1f5a0c7e11");
	text_list_add(&plan.logical_volumes, "vg/crash LVM-1");
	text_list_add(&plan.logical_volumes, "other-vg/lv LVM-2");
	text_list_add(&plan.modules, "/modules/crc16.ko");
	text_list_add(&plan.modules, "/modules/virtio_blk.ko");
	text_list_add(&plan.modules_on_demand,
		      "/modules-on-demand/dm-snapshot.ko async_probe");
	return plan;
}

static void free_volumes(struct plan *plan)
{
	while (plan->volume_count) {
		struct plan_volume *last = &plan->volumes[--plan->volume_count];

		free(last->luks_uuid);
		free(last->key_description);
		free(last->content_uuid);
		free(last->header);
		text_list_release(&last->identity);
	}
	free(plan->volumes);
	plan->volumes = NULL;
}

static void free_lists(struct plan *plan)
{
	free_volumes(plan);
	text_list_release(&plan->arrays);
	text_list_release(&plan->logical_volumes);
	free_devices(&plan->physical_volumes);
	text_list_release(&plan->modules);
	text_list_release(&plan->modules_on_demand);
	while (plan->target_count) {
		struct plan_target *last = &plan->targets[--plan->target_count];

		text_list_release(&last->luks_uuids);
		free_devices(&last->devices);
	}
	free(plan->targets);
	plan->targets = NULL;
}

static void assert_same_text(const char *a, const char *b)
{
	if (a && b)
		assert_string_equal(a, b);
	else
		assert_ptr_equal(a, b);
}

static void assert_same_list(const struct text_list *a,
			     const struct text_list *b)
{
	size_t i;

	assert_int_equal(a->count, b->count);
	for (i = 0; i < a->count; i++)
		assert_string_equal(a->items[i], b->items[i]);
}

static void assert_same_devices(const struct plan_devices *a,
				const struct plan_devices *b)
{
	size_t i;

	assert_int_equal(a->count, b->count);
	for (i = 0; i < a->count; i++) {
		assert_same_text(a->items[i].uuid, b->items[i].uuid);
		assert_same_text(a->items[i].layer, b->items[i].layer);
		assert_same_list(&a->items[i].identity, &b->items[i].identity);
	}
}

static void assert_same_target(const struct plan_target *a,
			       const struct plan_target *b)
{
	assert_same_text(a->mount_options, b->mount_options);
	assert_same_text(a->filesystem_uuid, b->filesystem_uuid);
	assert_same_text(a->filesystem_type, b->filesystem_type);
	assert_same_text(a->dump_directory, b->dump_directory);
	assert_same_text(a->path, b->path);
	assert_same_list(&a->luks_uuids, &b->luks_uuids);
	assert_same_devices(&a->devices, &b->devices);
}

static void assert_survives(const struct plan *plan)
{
	struct plan copy;
	char *json;
	size_t i;

	/* The previous content of the struct must not matter. */
	memset(&copy, 0xa5, sizeof(copy));
	json = plan_to_json(plan);
	assert_int_equal(plan_from_json(&copy, json, NULL), 0);
	free(json);

	assert_same_text(copy.host, plan->host);
	assert_int_equal(copy.target_count, plan->target_count);
	for (i = 0; i < plan->target_count; i++)
		assert_same_target(&copy.targets[i], &plan->targets[i]);
	assert_same_text(copy.kdump_pre, plan->kdump_pre);
	assert_same_text(copy.kdump_post, plan->kdump_post);
	assert_same_text(copy.core_collector, plan->core_collector);
	assert_int_equal(copy.final_action, plan->final_action);
	assert_int_equal(copy.failure_action, plan->failure_action);
	assert_int_equal(copy.device_timeout, plan->device_timeout);
	assert_int_equal(copy.degraded_timeout, plan->degraded_timeout);
	assert_int_equal(copy.keep, plan->keep);
	assert_int_equal(copy.make_room, plan->make_room);
	assert_int_equal(copy.keep_free, plan->keep_free);
	assert_int_equal(copy.hide_keys, plan->hide_keys);
	assert_int_equal(copy.start_dirty_degraded, plan->start_dirty_degraded);
	assert_same_list(&copy.modules, &plan->modules);
	assert_same_list(&copy.modules_on_demand, &plan->modules_on_demand);
	assert_same_list(&copy.arrays, &plan->arrays);
	assert_same_list(&copy.logical_volumes, &plan->logical_volumes);
	assert_same_devices(&copy.physical_volumes, &plan->physical_volumes);
	assert_int_equal(copy.volume_count, plan->volume_count);
	for (i = 0; i < plan->volume_count; i++) {
		assert_string_equal(copy.volumes[i].luks_uuid,
				    plan->volumes[i].luks_uuid);
		assert_string_equal(copy.volumes[i].key_description,
				    plan->volumes[i].key_description);
		assert_same_text(copy.volumes[i].content_uuid,
				 plan->volumes[i].content_uuid);
		assert_same_text(copy.volumes[i].header,
				 plan->volumes[i].header);
		assert_same_list(&copy.volumes[i].identity,
				 &plan->volumes[i].identity);
	}
	plan_release(&copy);
}

static void test_round_trip(void **state)
{
	struct plan plan = full_plan();

	assert_survives(&plan);
	free_lists(&plan);
}

static void test_without_encryption(void **state)
{
	struct plan plan = full_plan();

	free_volumes(&plan);
	text_list_release(&plan.targets[0].luks_uuids);
	assert_survives(&plan);
	free_lists(&plan);
}

static void test_least_and_most(void **state)
{
	struct plan plan = full_plan();

	free_volumes(&plan);
	text_list_release(&plan.arrays);
	text_list_release(&plan.modules);
	text_list_release(&plan.modules_on_demand);
	plan.device_timeout = 0;
	assert_survives(&plan);

	plan.device_timeout = INT_MAX;
	plan.targets[1].dump_directory =
		"/\" \\ / \n \t \x7f { } [ ] , : \303\244";
	plan.host = "";
	assert_survives(&plan);
	free_lists(&plan);
}

static void assert_refused(const char *json, const char *reason)
{
	static const struct plan empty;
	struct error error = {};
	struct plan plan;

	memset(&plan, 0xa5, sizeof(plan));
	if (plan_from_json(&plan, json, &error) != -1)
		fail_msg("accepted: %s", json);
	if (!strstr(error.reason, reason))
		fail_msg("%s does not name %s", error.reason, reason);
	assert_int_equal(error.number, EINVAL);
	assert_memory_equal(&plan, &empty, sizeof(plan));
}

/* Return a full plan as JSON with @name set to @value, or without it if NULL. */
static char *plan_with(const char *name, const char *value)
{
	struct plan plan = full_plan();
	json_object *root;
	char *json, *changed;

	json = plan_to_json(&plan);
	root = json_tokener_parse(json);
	json_object_object_del(root, name);
	if (value)
		json_object_object_add(root, name, json_tokener_parse(value));
	changed = strdup(json_object_to_json_string(root));
	json_object_put(root);
	free(json);
	free_lists(&plan);
	return changed;
}

static void assert_refused_with(const char *name, const char *value)
{
	char *json = plan_with(name, value);

	assert_refused(json, name);
	free(json);
}

static const char *const fields[] = {
	"host",
	"volumes",
	"arrays",
	"logical_volumes",
	"targets",
	"core_collector",
	"final_action",
	"failure_action",
	"device_timeout",
	"degraded_timeout",
	"keep",
	"hide_keys",
	"modules",
	"start_dirty_degraded",
	"make_room",
	"keep_free",
	"modules_on_demand",
};

static void test_missing_field(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		assert_refused_with(fields[i], NULL);
}

static void test_field_of_another_type(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		assert_refused_with(fields[i], "null");
		assert_refused_with(fields[i], "{}");
		if (strcmp(fields[i], "hide_keys") &&
		    strcmp(fields[i], "start_dirty_degraded") &&
		    strcmp(fields[i], "make_room"))
			assert_refused_with(fields[i], "true");
	}
	assert_refused_with("host", "1");
	assert_refused_with("device_timeout", "\"60\"");
	assert_refused_with("device_timeout", "60.5");
	assert_refused_with("modules", "\"/modules/ext4.ko\"");
	assert_refused_with("modules_on_demand", "\"/modules/ext4.ko\"");
	assert_refused_with("kdump_pre", "5");
	assert_refused_with("kdump_post", "null");
	assert_refused_with("arrays", "[1]");
	assert_refused_with("logical_volumes", "[[]]");
}

/* A volume cannot be unlocked without its key, so both are required. */
static void test_damaged_volume(void **state)
{
	assert_refused_with("volumes", "[null]");
	assert_refused_with("volumes", "[\"" UUID "\"]");
	assert_refused_with("volumes", "[{}]");
	assert_refused_with("volumes", "[{\"luks_uuid\":\"" UUID "\"}]");
	assert_refused_with("volumes", "[{\"key_description\":\"a\"}]");
	assert_refused_with("volumes", "[{\"luks_uuid\":5,"
				       "\"key_description\":7}]");
	assert_refused_with("volumes", "[{\"luks_uuid\":\"" UUID "\","
				       "\"key_description\":\"a\"}, {}]");
}

static void test_damaged_target(void **state)
{
	static const char target[] =
		"{\"filesystem_uuid\":\"a\","
		"\"filesystem_type\":\"b\",\"dump_directory\":\"c\","
		"\"path\":\"d\",\"luks_uuids\":[],"
		"\"devices\":[{\"uuid\":\"e\",\"identity\":[]}]%s}";
	char *whole = format(target, ""), *changed, *json;
	struct plan plan;
	size_t i;

	json = format("[%s]", whole);
	changed = plan_with("targets", json);
	assert_int_equal(plan_from_json(&plan, changed, NULL), 0);
	plan_release(&plan);
	free(changed);
	free(json);

	assert_refused_with("targets", "[]");
	assert_refused_with("targets", "[null]");
	assert_refused_with("targets", "[{}]");
	json = format("[%s,{}]", whole);
	assert_refused_with("targets", json);
	free(json);
	/* Each field is required. */
	for (i = 0; i < strlen(whole); i++) {
		if (strncmp(whole + i, "\":", 2))
			continue;
		whole[i - 1] ^= 1;
		json = format("[%s]", whole);
		assert_refused_with("targets", json);
		free(json);
		whole[i - 1] ^= 1;
	}
	free(whole);
	whole = format(target, ",\"mount_options\":5");
	json = format("[%s]", whole);
	assert_refused_with("targets", json);
	free(json);
	free(whole);
}

static void test_value_out_of_range(void **state)
{
	assert_refused_with("hide_keys", "\"yes\"");
	assert_refused_with("keep", "-1");
	assert_refused_with("keep", "4294967296");
	assert_refused_with("device_timeout", "-1");
	assert_refused_with("device_timeout", "2147483648");
	assert_refused_with("device_timeout", "4294967356");
	assert_refused_with("device_timeout", "18446744073709551676");
	assert_refused_with("final_action", "\"explode\"");
	assert_refused_with("final_action", "\"shell\"");
	assert_refused_with("failure_action", "\"\"");
	assert_refused_with("modules", "[\"/modules/ext4.ko\", 1]");
	assert_refused_with("modules", "[null]");
}

static void test_no_plan(void **state)
{
	static const char *const texts[] = {
		"", " ", "plan", "null", "1", "\"host\"", "[]", "{}", "{", "}",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_refused(texts[i], "");
}

static void test_every_truncation_is_refused(void **state)
{
	char *json = plan_with("unknown", "1");
	size_t length = strlen(json);

	while (length--) {
		json[length] = '\0';
		assert_refused(json, "JSON");
	}
	free(json);
}

/* A later version may add fields. */
static void test_unknown_field(void **state)
{
	char *json = plan_with("unknown", "[1, 2]");
	struct plan plan;

	assert_int_equal(plan_from_json(&plan, json, NULL), 0);
	assert_string_equal(plan.volumes[0].luks_uuid, UUID);
	plan_release(&plan);
	free(json);
}

static void test_many_modules(void **state)
{
	struct plan plan = full_plan();
	char *name;
	int i;

	for (i = 0; i < 1000; i++) {
		name = format("/modules/%d.ko", i);
		text_list_add(&plan.modules, name);
		free(name);
	}
	assert_survives(&plan);
	free_lists(&plan);
}

static void test_release_twice(void **state)
{
	struct plan plan;
	char *json = plan_with("unknown", "1");

	assert_int_equal(plan_from_json(&plan, json, NULL), 0);
	plan_release(&plan);
	plan_release(&plan);
	assert_null(plan.modules.items);
	free(json);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_without_encryption),
		cmocka_unit_test(test_least_and_most),
		cmocka_unit_test(test_missing_field),
		cmocka_unit_test(test_field_of_another_type),
		cmocka_unit_test(test_damaged_volume),
		cmocka_unit_test(test_damaged_target),
		cmocka_unit_test(test_value_out_of_range),
		cmocka_unit_test(test_no_plan),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_unknown_field),
		cmocka_unit_test(test_many_modules),
		cmocka_unit_test(test_release_twice),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
