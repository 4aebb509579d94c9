// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "xalloc.h"

/* Every text of a plan, once, for reading, writing and releasing. */
static const struct text_field {
	const char *name;
	size_t offset;
	bool optional;
} text_fields[] = {
	{ "host", offsetof(struct plan, host), false },
	{ "luks_uuid", offsetof(struct plan, luks_uuid), true },
	{ "key_description", offsetof(struct plan, key_description), true },
	{ "filesystem_uuid", offsetof(struct plan, filesystem_uuid), false },
	{ "filesystem_type", offsetof(struct plan, filesystem_type), false },
	{ "dump_directory", offsetof(struct plan, dump_directory), false },
	{ "path", offsetof(struct plan, path), false },
	{ "core_collector", offsetof(struct plan, core_collector), false },
};

#define TEXT_FIELD_COUNT	(sizeof(text_fields) / sizeof(text_fields[0]))

static char **text_of(struct plan *plan, const struct text_field *field)
{
	return (char **)((char *)plan + field->offset);
}

void plan_add_module(struct plan *plan, const char *file)
{
	plan->modules = xrealloc(plan->modules, (plan->module_count + 1) *
				 sizeof(*plan->modules));
	plan->modules[plan->module_count++] = xstrdup(file);
}

char *plan_to_json(const struct plan *plan)
{
	json_object *root = json_object_new_object();
	json_object *modules = json_object_new_array();
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
	for (i = 0; i < plan->module_count; i++)
		json_object_array_add(modules,
				      json_object_new_string(plan->modules[i]));
	json_object_object_add(root, "modules", modules);

	text = xstrdup(json_object_to_json_string_ext(root,
						      JSON_C_TO_STRING_PRETTY));
	json_object_put(root);
	return text;
}

static const char *get_text(json_object *root, const char *name)
{
	json_object *value;

	if (!json_object_object_get_ex(root, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static int read_texts(struct plan *plan, json_object *root)
{
	size_t i;

	for (i = 0; i < TEXT_FIELD_COUNT; i++) {
		const struct text_field *field = &text_fields[i];
		const char *value = get_text(root, field->name);

		if (value)
			*text_of(plan, field) = xstrdup(value);
		else if (!field->optional ||
			 json_object_object_get_ex(root, field->name, NULL))
			return -1;
	}
	/* A volume without its key could not be unlocked. */
	return !plan->luks_uuid == !plan->key_description ? 0 : -1;
}

static int read_actions(struct plan *plan, json_object *root)
{
	const char *final = get_text(root, "final_action");
	const char *failure = get_text(root, "failure_action");

	if (!final || !failure ||
	    action_from_name(final, &plan->final_action) ||
	    action_from_name(failure, &plan->failure_action))
		return -1;
	return 0;
}

static int read_number(unsigned int *number, json_object *root,
		       const char *name)
{
	json_object *value;

	if (!json_object_object_get_ex(root, name, &value) ||
	    !json_object_is_type(value, json_type_int) ||
	    json_object_get_int64(value) < 0 ||
	    json_object_get_int64(value) > INT_MAX)
		return -1;
	*number = json_object_get_int64(value);
	return 0;
}

static int read_modules(struct plan *plan, json_object *root)
{
	json_object *modules;
	size_t i;

	if (!json_object_object_get_ex(root, "modules", &modules) ||
	    !json_object_is_type(modules, json_type_array))
		return -1;
	for (i = 0; i < json_object_array_length(modules); i++) {
		json_object *file = json_object_array_get_idx(modules, i);

		if (!json_object_is_type(file, json_type_string))
			return -1;
		plan_add_module(plan, json_object_get_string(file));
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
	    !read_modules(plan, root))
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
	for (i = 0; i < plan->module_count; i++)
		free(plan->modules[i]);
	free(plan->modules);
	memset(plan, 0, sizeof(*plan));
}
