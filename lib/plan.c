// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "plan.h"
#include "xalloc.h"

/* Every text and list of a plan, once, for reading, writing and releasing. */
static const struct text_field {
	const char *name;
	size_t offset;
	bool optional;
} text_fields[] = {
	{ "host", offsetof(struct plan, host), false },
	{ "filesystem_uuid", offsetof(struct plan, filesystem_uuid), false },
	{ "filesystem_type", offsetof(struct plan, filesystem_type), false },
	{ "mount_options", offsetof(struct plan, mount_options), true },
	{ "dump_directory", offsetof(struct plan, dump_directory), false },
	{ "path", offsetof(struct plan, path), false },
	{ "core_collector", offsetof(struct plan, core_collector), false },
};

static const struct list_field {
	const char *name;
	size_t offset;
} list_fields[] = {
	{ "arrays", offsetof(struct plan, arrays) },
	{ "logical_volumes", offsetof(struct plan, logical_volumes) },
	{ "modules", offsetof(struct plan, modules) },
};

#define TEXT_FIELD_COUNT	(sizeof(text_fields) / sizeof(text_fields[0]))
#define LIST_FIELD_COUNT	(sizeof(list_fields) / sizeof(list_fields[0]))

static char **text_of(struct plan *plan, const struct text_field *field)
{
	return (char **)((char *)plan + field->offset);
}

static struct text_list *list_of(struct plan *plan,
				 const struct list_field *field)
{
	return (struct text_list *)((char *)plan + field->offset);
}

void plan_add_volume(struct plan *plan, const char *luks_uuid,
		     const char *key_description)
{
	plan->volumes = xrealloc(plan->volumes, (plan->volume_count + 1) *
				 sizeof(*plan->volumes));
	plan->volumes[plan->volume_count++] = (struct plan_volume) {
		.luks_uuid = xstrdup(luks_uuid),
		.key_description = xstrdup(key_description),
	};
}

static json_object *volumes_to_json(const struct plan *plan)
{
	json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < plan->volume_count; i++) {
		const struct plan_volume *volume = &plan->volumes[i];
		json_object *object = json_object_new_object();

		json_object_object_add(object, "luks_uuid",
				json_object_new_string(volume->luks_uuid));
		json_object_object_add(object, "key_description",
			json_object_new_string(volume->key_description));
		json_object_array_add(array, object);
	}
	return array;
}

char *plan_to_json(const struct plan *plan)
{
	json_object *root = json_object_new_object();
	char *text;
	size_t i;

	for (i = 0; i < TEXT_FIELD_COUNT; i++) {
		const char *value = *text_of((struct plan *)plan,
					     &text_fields[i]);

		if (value)
			json_object_object_add(root, text_fields[i].name,
					       json_object_new_string(value));
	}
	json_object_object_add(root, "final_action", json_object_new_string(
					action_name(plan->final_action)));
	json_object_object_add(root, "failure_action", json_object_new_string(
					action_name(plan->failure_action)));
	json_object_object_add(root, "device_timeout",
			       json_object_new_int64(plan->device_timeout));
	json_object_object_add(root, "keep",
			       json_object_new_int64(plan->keep));
	for (i = 0; i < LIST_FIELD_COUNT; i++)
		json_object_object_add(root, list_fields[i].name,
			json_from_texts(list_of((struct plan *)plan,
						&list_fields[i])));
	json_object_object_add(root, "volumes", volumes_to_json(plan));

	text = xstrdup(json_object_to_json_string_ext(root,
						      JSON_C_TO_STRING_PRETTY));
	json_object_put(root);
	return text;
}

static int read_texts(struct plan *plan, json_object *root)
{
	size_t i;

	for (i = 0; i < TEXT_FIELD_COUNT; i++) {
		const struct text_field *field = &text_fields[i];
		const char *value = json_get_text(root, field->name);

		if (value)
			*text_of(plan, field) = xstrdup(value);
		else if (!field->optional ||
			 json_object_object_get_ex(root, field->name, NULL))
			return -1;
	}
	return 0;
}

static int read_actions(struct plan *plan, json_object *root)
{
	const char *final = json_get_text(root, "final_action");
	const char *failure = json_get_text(root, "failure_action");

	if (!final || !failure ||
	    action_from_name(final, &plan->final_action) ||
	    action_from_name(failure, &plan->failure_action))
		return -1;
	return 0;
}

static int read_number(unsigned int *number, json_object *root,
		       const char *name)
{
	json_object *value = json_get(root, name, json_type_int);

	if (!value || json_object_get_int64(value) < 0 ||
	    json_object_get_int64(value) > INT_MAX)
		return -1;
	*number = json_object_get_int64(value);
	return 0;
}

static int read_lists(struct plan *plan, json_object *root)
{
	size_t i;

	for (i = 0; i < LIST_FIELD_COUNT; i++)
		if (json_get_texts(list_of(plan, &list_fields[i]), root,
				   list_fields[i].name))
			return -1;
	return 0;
}

/* A volume without its key could not be unlocked, so the two go together. */
static int read_volumes(struct plan *plan, json_object *root)
{
	json_object *array = json_get(root, "volumes", json_type_array);
	size_t i;

	if (!array)
		return -1;
	for (i = 0; i < json_object_array_length(array); i++) {
		json_object *object = json_object_array_get_idx(array, i);
		const char *uuid, *description;

		if (!json_object_is_type(object, json_type_object))
			return -1;
		uuid = json_get_text(object, "luks_uuid");
		description = json_get_text(object, "key_description");
		if (!uuid || !description)
			return -1;
		plan_add_volume(plan, uuid, description);
	}
	return 0;
}

int plan_from_json(struct plan *plan, const char *json)
{
	json_object *root = json_tokener_parse(json);
	int ret = -1;

	memset(plan, 0, sizeof(*plan));
	if (json_object_is_type(root, json_type_object) &&
	    !read_texts(plan, root) && !read_actions(plan, root) &&
	    !read_number(&plan->device_timeout, root, "device_timeout") &&
	    !read_number(&plan->keep, root, "keep") &&
	    !read_lists(plan, root) && !read_volumes(plan, root))
		ret = 0;
	json_object_put(root);
	if (ret)
		plan_release(plan);
	return ret;
}

void plan_release(struct plan *plan)
{
	size_t i;

	for (i = 0; i < TEXT_FIELD_COUNT; i++)
		free(*text_of(plan, &text_fields[i]));
	for (i = 0; i < LIST_FIELD_COUNT; i++)
		text_list_release(list_of(plan, &list_fields[i]));
	for (i = 0; i < plan->volume_count; i++) {
		free(plan->volumes[i].luks_uuid);
		free(plan->volumes[i].key_description);
	}
	free(plan->volumes);
	memset(plan, 0, sizeof(*plan));
}
