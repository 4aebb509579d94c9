// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/plan.h"
#include "scratch.h"

#define UUID	"5c2d5b5e-9d51-4fd6-9c5c-1f6e0c3f2a11"

/* Its texts are not for plan_release(); only the modules are allocated. */
static struct plan full_plan(void)
{
	struct plan plan = {
		.host = "host",
		.luks_uuid = UUID,
		.key_description = "cryptsetup:" UUID,
		.filesystem_uuid = "0fc63daf-8483-4772-8e79-3d69d8477de4",
		.filesystem_type = "ext4",
		.dump_directory = "/crash",
		.path = "/var/crash",
		.core_collector = "makedumpfile -z -d 31",
		.final_action = ACTION_POWEROFF,
		.failure_action = ACTION_HALT,
		.device_timeout = 60,
		.keep = 3,
	};

	plan_add_module(&plan, "/modules/crc16.ko");
	plan_add_module(&plan, "/modules/virtio_blk.ko");
	return plan;
}

static void free_modules(struct plan *plan)
{
	while (plan->module_count)
		free(plan->modules[--plan->module_count]);
	free(plan->modules);
}

static void assert_same_text(const char *a, const char *b)
{
	if (a && b)
		assert_string_equal(a, b);
	else
		assert_ptr_equal(a, b);
}

static void assert_survives(const struct plan *plan)
{
	struct plan copy;
	char *json;
	size_t i;

	/* Nothing that is there before matters. */
	memset(&copy, 0xa5, sizeof(copy));
	json = plan_to_json(plan);
	assert_int_equal(plan_from_json(&copy, json), 0);
	free(json);

	assert_same_text(copy.host, plan->host);
	assert_same_text(copy.luks_uuid, plan->luks_uuid);
	assert_same_text(copy.key_description, plan->key_description);
	assert_same_text(copy.filesystem_uuid, plan->filesystem_uuid);
	assert_same_text(copy.filesystem_type, plan->filesystem_type);
	assert_same_text(copy.dump_directory, plan->dump_directory);
	assert_same_text(copy.path, plan->path);
	assert_same_text(copy.core_collector, plan->core_collector);
	assert_int_equal(copy.final_action, plan->final_action);
	assert_int_equal(copy.failure_action, plan->failure_action);
	assert_int_equal(copy.device_timeout, plan->device_timeout);
	assert_int_equal(copy.keep, plan->keep);
	assert_int_equal(copy.module_count, plan->module_count);
	for (i = 0; i < plan->module_count; i++)
		assert_string_equal(copy.modules[i], plan->modules[i]);
	plan_release(&copy);
}

static void test_round_trip(void **state)
{
	struct plan plan = full_plan();

	assert_survives(&plan);
	free_modules(&plan);
}

static void test_without_encryption(void **state)
{
	struct plan plan = full_plan();

	plan.luks_uuid = NULL;
	plan.key_description = NULL;
	assert_survives(&plan);
	free_modules(&plan);
}

static void test_least_and_most(void **state)
{
	struct plan plan = full_plan();

	free_modules(&plan);
	plan.modules = NULL;
	plan.device_timeout = 0;
	assert_survives(&plan);

	plan.device_timeout = INT_MAX;
	plan.dump_directory = "/\" \\ / \n \t \x7f { } [ ] , : \303\244";
	plan.host = "";
	assert_survives(&plan);
}

static void assert_refused(const char *json)
{
	static const struct plan empty;
	struct plan plan;

	memset(&plan, 0xa5, sizeof(plan));
	if (plan_from_json(&plan, json) != -1)
		fail_msg("accepted: %s", json);
	assert_memory_equal(&plan, &empty, sizeof(plan));
}

/* A full plan as JSON in which @name is @value, or missing where that is 0. */
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
	free_modules(&plan);
	return changed;
}

static void assert_refused_with(const char *name, const char *value)
{
	char *json = plan_with(name, value);

	assert_refused(json);
	free(json);
}

/* A volume cannot be unlocked without its key, so the two go together. */
static const char *const fields[] = {
	"host", "luks_uuid", "key_description", "filesystem_uuid",
	"filesystem_type", "dump_directory", "path", "core_collector",
	"final_action", "failure_action", "device_timeout", "keep", "modules",
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
		assert_refused_with(fields[i], "true");
		assert_refused_with(fields[i], "{}");
	}
	assert_refused_with("host", "1");
	assert_refused_with("device_timeout", "\"60\"");
	assert_refused_with("device_timeout", "60.5");
	assert_refused_with("modules", "\"/modules/ext4.ko\"");
}

/* Both keys of an encrypted plan unusable must not make it a plain one. */
static void test_damaged_encryption_is_not_none(void **state)
{
	assert_refused("{\"host\":\"h\",\"luks_uuid\":5,"
		       "\"key_description\":7,\"filesystem_uuid\":\"u\","
		       "\"filesystem_type\":\"ext4\","
		       "\"dump_directory\":\"/\",\"path\":\"/\","
		       "\"core_collector\":\"makedumpfile\","
		       "\"final_action\":\"reboot\","
		       "\"failure_action\":\"reboot\","
		       "\"device_timeout\":60,\"keep\":0,"
		       "\"modules\":[]}");
}

static void test_value_out_of_range(void **state)
{
	assert_refused_with("keep", "-1");
	assert_refused_with("keep", "4294967296");
	assert_refused_with("device_timeout", "-1");
	assert_refused_with("device_timeout", "2147483648");
	assert_refused_with("device_timeout", "4294967356");
	assert_refused_with("device_timeout", "18446744073709551676");
	assert_refused_with("final_action", "\"explode\"");
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
		assert_refused(texts[i]);
}

static void test_every_truncation_is_refused(void **state)
{
	char *json = plan_with("unknown", "1");
	size_t length = strlen(json);

	while (length--) {
		json[length] = '\0';
		assert_refused(json);
	}
	free(json);
}

/* A later version may say more. */
static void test_unknown_field(void **state)
{
	char *json = plan_with("unknown", "[1, 2]");
	struct plan plan;

	assert_int_equal(plan_from_json(&plan, json), 0);
	assert_string_equal(plan.luks_uuid, UUID);
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
		plan_add_module(&plan, name);
		free(name);
	}
	assert_survives(&plan);
	free_modules(&plan);
}

static void test_release_twice(void **state)
{
	struct plan plan;
	char *json = plan_with("unknown", "1");

	assert_int_equal(plan_from_json(&plan, json), 0);
	plan_release(&plan);
	plan_release(&plan);
	assert_null(plan.modules);
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
		cmocka_unit_test(test_damaged_encryption_is_not_none),
		cmocka_unit_test(test_value_out_of_range),
		cmocka_unit_test(test_no_plan),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_unknown_field),
		cmocka_unit_test(test_many_modules),
		cmocka_unit_test(test_release_twice),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
