/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read and add values of a given type with json-c. A returned value belongs to the
 * object that contains it.
 */
#ifndef KDUMP_CRYPT_JSON_H
#define KDUMP_CRYPT_JSON_H

#include <json-c/json.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/text_list.h"

/* Return NULL if @object is NULL or has no value of that name and type. */
json_object *json_get(json_object *object, const char *name, json_type type);
const char *json_get_text(json_object *object, const char *name);

/* Return 0 if @object is NULL or has no number of that name. */
int64_t json_get_number(json_object *object, const char *name);

/* Add a value of that name to @object; no text if @text is NULL. */
void json_add_number(json_object *object, const char *name, int64_t number);
void json_add_text(json_object *object, const char *name, const char *text);

/*
 * Add the texts of the array @name to @list. On failure error->number is
 * EINVAL: there is no such array, or it contains something that is not a text.
 * Texts before that are in @list then.
 */
int json_get_texts(struct text_list *list, json_object *object,
		   const char *name, struct error *error);

/*
 * Set the error to EINVAL, and to the reason that the field @name is missing
 * or invalid. Always return -1.
 */
int json_set_invalid(struct error *error, const char *name);

/*
 * Return a new array. The caller releases it with json_object_put() or adds it
 * to an object.
 */
json_object *json_from_texts(const struct text_list *list);

#endif /* KDUMP_CRYPT_JSON_H */
