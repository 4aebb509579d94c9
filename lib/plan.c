// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/plan.h"
#include "lib/xalloc.h"

/* Reading, writing and releasing go by these tables. */
struct field {
	const char *name;
	size_t offset;
	enum {
		TEXT,
		OPTIONAL_TEXT,
		LIST,
		DEVICES
	} kind;
};

static const struct field plan_fields[] = {
	{ "host", offsetof(struct plan, host), TEXT },
	{ "core_collector", offsetof(struct plan, core_collector), TEXT },
	{ "collector_version", offsetof(struct plan, collector_version),
	  OPTIONAL_TEXT },
	{ "kdump_pre", offsetof(struct plan, kdump_pre), OPTIONAL_TEXT },
	{ "kdump_post", offsetof(struct plan, kdump_post), OPTIONAL_TEXT },
	{ "arrays", offsetof(struct plan, arrays), LIST },
	{ "logical_volumes", offsetof(struct plan, logical_volumes), LIST },
	{ "physical_volumes", offsetof(struct plan, physical_volumes),
	  DEVICES },
	{ "modules", offsetof(struct plan, modules), LIST },
	{ "modules_on_demand", offsetof(struct plan, modules_on_demand), LIST },
	{}
};

static const struct field target_fields[] = {
	{ "filesystem_uuid", offsetof(struct plan_target, filesystem_uuid),
	  TEXT },
	{ "filesystem_type", offsetof(struct plan_target, filesystem_type),
	  TEXT },
	{ "mount_options", offsetof(struct plan_target, mount_options),
	  OPTIONAL_TEXT },
	{ "dump_directory", offsetof(struct plan_target, dump_directory),
	  TEXT },
	{ "path", offsetof(struct plan_target, path), TEXT },
	{ "luks_uuids", offsetof(struct plan_target, luks_uuids), LIST },
	{ "devices", offsetof(struct plan_target, devices), DEVICES },
	{}
};

static const struct field device_fields[] = {
	{ "uuid", offsetof(struct plan_device, uuid), TEXT },
	{ "layer", offsetof(struct plan_device, layer), OPTIONAL_TEXT },
	{ "identity", offsetof(struct plan_device, identity), LIST },
	{}
};

/* A volume without its key cannot be unlocked, so both are required. */
static const struct field volume_fields[] = {
	{ "luks_uuid", offsetof(struct plan_volume, luks_uuid), TEXT },
	{ "key_description", offsetof(struct plan_volume, key_description),
	  TEXT },
	{ "identity", offsetof(struct plan_volume, identity), LIST },
	{ "content_uuid", offsetof(struct plan_volume, content_uuid),
	  OPTIONAL_TEXT },
	{ "header", offsetof(struct plan_volume, header), OPTIONAL_TEXT },
	{}
};

static char **text_of(void *object, const struct field *field)
{
	return (char **)((char *)object + field->offset);
}

static struct text_list *list_of(void *object, const struct field *field)
{
	return (struct text_list *)((char *)object + field->offset);
}

static struct plan_devices *devices_of(void *object, const struct field *field)
{
	return (struct plan_devices *)((char *)object + field->offset);
}

struct plan_device *plan_add_device(struct plan_devices *devices)
{
	devices->items =
		xrealloc(devices->items,
			 (devices->count + 1) * sizeof(*devices->items));
	devices->items[devices->count] = (struct plan_device) {};
	return &devices->items[devices->count++];
}

struct plan_target *plan_add_target(struct plan *plan)
{
	plan->targets = xrealloc(plan->targets, (plan->target_count + 1) *
							sizeof(*plan->targets));
	memset(&plan->targets[plan->target_count], 0, sizeof(*plan->targets));
	return &plan->targets[plan->target_count++];
}

static void *append_volume(void *list)
{
	struct plan *plan = list;

	plan->volumes = xrealloc(plan->volumes, (plan->volume_count + 1) *
							sizeof(*plan->volumes));
	plan->volumes[plan->volume_count] = (struct plan_volume) {};
	return &plan->volumes[plan->volume_count++];
}

struct plan_volume *plan_add_volume(struct plan *plan, const char *luks_uuid,
				    const char *key_description)
{
	struct plan_volume *volume;
	size_t i;

	for (i = 0; i < plan->volume_count; i++)
		if (!strcmp(plan->volumes[i].luks_uuid, luks_uuid))
			return NULL;
	volume = append_volume(plan);
	volume->luks_uuid = xstrdup(luks_uuid);
	volume->key_description = xstrdup(key_description);
	return volume;
}

static json_object *objects_to_json(const void *objects, size_t count,
				    size_t size, const struct field *fields);

static void fields_to_json(json_object *root, void *object,
			   const struct field *field)
{
	for (; field->name; field++) {
		json_object *value = NULL;

		if (field->kind == LIST)
			value = json_from_texts(list_of(object, field));
		else if (field->kind == DEVICES)
			value = objects_to_json(
				devices_of(object, field)->items,
				devices_of(object, field)->count,
				sizeof(struct plan_device), device_fields);
		else if (*text_of(object, field))
			value = json_object_new_string(*text_of(object, field));
		if (value)
			json_object_object_add(root, field->name, value);
	}
}

static json_object *objects_to_json(const void *objects, size_t count,
				    size_t size, const struct field *fields)
{
	json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < count; i++) {
		json_object *object = json_object_new_object();

		fields_to_json(object, (char *)objects + i * size, fields);
		json_object_array_add(array, object);
	}
	return array;
}

void plan_add_module(struct text_list *modules, const char *file,
		     const char *options)
{
	char *module = xasprintf("%s%s%s", file, *options ? " " : "", options);

	text_list_add(modules, module);
	free(module);
}

char *plan_to_json(const struct plan *plan)
{
	json_object *root = json_object_new_object();
	char *text;

	fields_to_json(root, (struct plan *)plan, plan_fields);
	json_object_object_add(root, "final_action",
			       json_object_new_string(
				       action_name(plan->final_action)));
	json_object_object_add(root, "failure_action",
			       json_object_new_string(
				       action_name(plan->failure_action)));
	json_object_object_add(root, "device_timeout",
			       json_object_new_int64(plan->device_timeout));
	json_object_object_add(root, "degraded_timeout",
			       json_object_new_int64(plan->degraded_timeout));
	json_object_object_add(root, "keep", json_object_new_int64(plan->keep));
	json_object_object_add(root, "make_room",
			       json_object_new_boolean(plan->make_room));
	json_object_object_add(root, "keep_free",
			       json_object_new_int64(plan->keep_free));
	json_object_object_add(root, "hide_keys",
			       json_object_new_boolean(plan->hide_keys));
	json_object_object_add(root, "start_dirty_degraded",
			       json_object_new_boolean(
				       plan->start_dirty_degraded));
	json_object_object_add(root, "targets",
			       objects_to_json(plan->targets,
					       plan->target_count,
					       sizeof(*plan->targets),
					       target_fields));
	json_object_object_add(root, "volumes",
			       objects_to_json(plan->volumes,
					       plan->volume_count,
					       sizeof(*plan->volumes),
					       volume_fields));

	text = xstrdup(
		json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	json_object_put(root);
	return text;
}

static int read_action(enum action *action, json_object *root, const char *name,
		       struct error *error)
{
	const char *value = json_get_text(root, name);

	if (!value || action_from_name(value, action))
		return json_set_invalid(error, name);
	return 0;
}

static int read_actions(struct plan *plan, json_object *root,
			struct error *error)
{
	if (read_action(&plan->final_action, root, "final_action", error) ||
	    read_action(&plan->failure_action, root, "failure_action", error))
		return -1;
	if (plan->final_action == ACTION_SHELL)
		return json_set_invalid(error, "final_action");
	return 0;
}

static int read_number(unsigned int *number, json_object *root,
		       const char *name, struct error *error)
{
	json_object *value = json_get(root, name, json_type_int);

	if (!value || json_object_get_int64(value) < 0 ||
	    json_object_get_int64(value) > INT_MAX)
		return json_set_invalid(error, name);
	*number = json_object_get_int64(value);
	return 0;
}

static int read_switch(bool *is_on, json_object *root, const char *name,
		       struct error *error)
{
	json_object *value = json_get(root, name, json_type_boolean);

	if (!value)
		return json_set_invalid(error, name);
	*is_on = json_object_get_boolean(value);
	return 0;
}

static int read_fields(void *object, json_object *root,
		       const struct field *field, struct error *error);

/* @append returns a new object of @list, which has these fields. */
static int read_objects(void *list, void *(*append)(void *list),
			const struct field *fields, json_object *root,
			const char *name, struct error *error)
{
	json_object *array = json_get(root, name, json_type_array);
	size_t i;

	if (!array)
		return json_set_invalid(error, name);
	for (i = 0; i < json_object_array_length(array); i++) {
		json_object *object = json_object_array_get_idx(array, i);

		if (!json_object_is_type(object, json_type_object))
			return json_set_invalid(error, name);
		if (read_fields(append(list), object, fields, error))
			return error_prefix(error, "%s", name);
	}
	return 0;
}

static void *append_device(void *devices)
{
	return plan_add_device(devices);
}

static void *append_target(void *plan)
{
	return plan_add_target(plan);
}

static int read_text(char **text, json_object *root, const struct field *field,
		     struct error *error)
{
	const char *found = json_get_text(root, field->name);

	if (found)
		*text = xstrdup(found);
	else if (field->kind == TEXT ||
		 json_object_object_get_ex(root, field->name, NULL))
		return json_set_invalid(error, field->name);
	return 0;
}

static int read_field(void *object, json_object *root,
		      const struct field *field, struct error *error)
{
	switch (field->kind) {
	case LIST:
		return json_get_texts(list_of(object, field), root, field->name,
				      error);
	case DEVICES:
		return read_objects(devices_of(object, field), append_device,
				    device_fields, root, field->name, error);
	default:
		return read_text(text_of(object, field), root, field, error);
	}
}

static int read_fields(void *object, json_object *root,
		       const struct field *field, struct error *error)
{
	for (; field->name; field++)
		if (read_field(object, root, field, error))
			return -1;
	return 0;
}

static int read_targets(struct plan *plan, json_object *root,
			struct error *error)
{
	size_t i;

	if (read_objects(plan, append_target, target_fields, root, "targets",
			 error))
		return -1;
	for (i = 0; i < plan->target_count; i++)
		if (!plan->targets[i].devices.count)
			return json_set_invalid(error, "devices");
	return plan->target_count ? 0 : json_set_invalid(error, "targets");
}

static int read_all(struct plan *plan, json_object *root, struct error *error)
{
	if (!json_object_is_type(root, json_type_object))
		return error_set(error, EINVAL,
				 "the plan is not a JSON object");
	if (read_fields(plan, root, plan_fields, error) ||
	    read_targets(plan, root, error) ||
	    read_actions(plan, root, error) ||
	    read_number(&plan->device_timeout, root, "device_timeout", error) ||
	    read_number(&plan->degraded_timeout, root, "degraded_timeout",
			error) ||
	    read_number(&plan->keep, root, "keep", error) ||
	    read_switch(&plan->make_room, root, "make_room", error) ||
	    read_number(&plan->keep_free, root, "keep_free", error) ||
	    read_switch(&plan->hide_keys, root, "hide_keys", error) ||
	    read_switch(&plan->start_dirty_degraded, root,
			"start_dirty_degraded", error) ||
	    read_objects(plan, append_volume, volume_fields, root, "volumes",
			 error))
		return -1;
	return 0;
}

int plan_from_json(struct plan *plan, const char *json, struct error *error)
{
	json_object *root = json_tokener_parse(json);
	int ret;

	memset(plan, 0, sizeof(*plan));
	ret = read_all(plan, root, error);
	json_object_put(root);
	if (ret)
		plan_release(plan);
	return ret;
}

static void release_fields(void *object, const struct field *field);

static void release_devices(struct plan_devices *devices)
{
	size_t i;

	for (i = 0; i < devices->count; i++)
		release_fields(&devices->items[i], device_fields);
	free(devices->items);
}

static void release_fields(void *object, const struct field *field)
{
	for (; field->name; field++) {
		if (field->kind == LIST)
			text_list_release(list_of(object, field));
		else if (field->kind == DEVICES)
			release_devices(devices_of(object, field));
		else
			free(*text_of(object, field));
	}
}

void plan_release(struct plan *plan)
{
	size_t i;

	release_fields(plan, plan_fields);
	for (i = 0; i < plan->target_count; i++)
		release_fields(&plan->targets[i], target_fields);
	for (i = 0; i < plan->volume_count; i++)
		release_fields(&plan->volumes[i], volume_fields);
	free(plan->targets);
	free(plan->volumes);
	memset(plan, 0, sizeof(*plan));
}
