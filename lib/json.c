// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "lib/json.h"

json_object *json_get(json_object *object, const char *name, json_type type)
{
	json_object *value;

	if (!json_object_object_get_ex(object, name, &value) ||
	    !json_object_is_type(value, type))
		return NULL;
	return value;
}

const char *json_get_text(json_object *object, const char *name)
{
	return json_object_get_string(json_get(object, name, json_type_string));
}

int json_set_invalid(struct error *error, const char *name)
{
	return error_set(error, EINVAL, "\"%s\" is missing or invalid", name);
}

int64_t json_get_number(json_object *object, const char *name)
{
	return json_object_get_int64(json_get(object, name, json_type_int));
}

void json_add_number(json_object *object, const char *name, int64_t number)
{
	json_object_object_add(object, name, json_object_new_int64(number));
}

void json_add_text(json_object *object, const char *name, const char *text)
{
	if (text)
		json_object_object_add(object, name,
				       json_object_new_string(text));
}

int json_get_texts(struct text_list *list, json_object *object,
		   const char *name, struct error *error)
{
	json_object *array = json_get(object, name, json_type_array);
	size_t i;

	if (!array)
		return json_set_invalid(error, name);
	for (i = 0; i < json_object_array_length(array); i++) {
		json_object *text = json_object_array_get_idx(array, i);

		if (!json_object_is_type(text, json_type_string))
			return json_set_invalid(error, name);
		text_list_add(list, json_object_get_string(text));
	}
	return 0;
}

json_object *json_from_texts(const struct text_list *list)
{
	json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < list->count; i++)
		json_object_array_add(array,
				      json_object_new_string(list->items[i]));
	return array;
}
