/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json-c, for values whose type has to be right. What is returned belongs to
 * the object that it comes from.
 */
#ifndef KDUMP_CRYPT_JSON_H
#define KDUMP_CRYPT_JSON_H

#include <json-c/json.h>

#include "lib/text_list.h"

/* NULL where @object is NULL, or has no value of this type under that name. */
json_object *json_get(json_object *object, const char *name, json_type type);
const char *json_get_text(json_object *object, const char *name);

/*
 * Add the texts of an array to @list. Returns 0, or -1 where it is not there
 * or holds anything else; the texts before that are in @list then.
 */
int json_get_texts(struct text_list *list, json_object *object,
		   const char *name);

/* A new array, for the caller to release or to put into an object. */
json_object *json_from_texts(const struct text_list *list);

#endif /* KDUMP_CRYPT_JSON_H */
