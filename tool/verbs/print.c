// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "tool/verbs/print.h"

bool print_unless_root(const char *what)
{
	if (!geteuid())
		return true;
	warnx("only root can %s", what);
	return false;
}

void print_error(const struct error *error)
{
	warnx("%s", error->reason);
}

void print_warnings(struct text_list *warnings)
{
	size_t i;

	for (i = 0; i < warnings->count; i++)
		warnx("%s", warnings->items[i]);
	text_list_release(warnings);
}

void print_progress(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

void print_json(json_object *root)
{
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	json_object_put(root);
}
