/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Print what several verbs print in the same way. */
#ifndef KDUMP_CRYPT_PRINT_H
#define KDUMP_CRYPT_PRINT_H

#include <json-c/json.h>
#include <stdbool.h>

#include "lib/error.h"
#include "lib/text_list.h"

/*
 * Return true if root runs this. Otherwise print that only root can do @what,
 * such as "load a crash kernel".
 */
bool print_unless_root(const char *what);

/* Print the reason to standard error. */
void print_error(const struct error *error);

/* Print each warning to standard error, and release the list. */
void print_warnings(struct text_list *warnings);

/* Print a line to standard error for the person who waits. */
void print_progress(const char *line);

/* Print the value to standard output, and release it. */
void print_json(json_object *root);

#endif /* KDUMP_CRYPT_PRINT_H */
