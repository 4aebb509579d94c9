/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Format dumps the way that the verbs print them. */
#ifndef KDUMP_CRYPT_DUMP_TEXT_H
#define KDUMP_CRYPT_DUMP_TEXT_H

#include <json-c/json.h>
#include <stdint.h>

#include "lib/dumps.h"
#include "lib/text_list.h"

/*
 * Each returns a text, which the caller frees. The text is "-" if the value is
 * unknown. Control characters become "?", because a terminal may obey them.
 */
char *dump_text_plain(const char *text);
char *dump_text_time(int64_t when); /* seconds since 1970 */
char *dump_text_size(int64_t bytes);
char *dump_text_duration(const struct dump *dump);
char *dump_text_keys(const struct dump *dump);

/* The caller releases the object with json_object_put(). */
json_object *dump_text_json(const struct dump *dump);

/*
 * List the directories that dumps may be in: @path alone, or, if it is NULL,
 * those of the configuration file @config and of an earlier setup. Print the
 * reason if that fails. The caller releases @paths, also on failure.
 */
int dump_text_paths(struct text_list *paths, const char *path,
		    const char *config);

/*
 * Find the dumps in @paths. Print a warning for each path that cannot be read:
 * its volume may be closed. Return 0, or -1 if no path can be read. The caller
 * releases @dumps with dumps_release().
 */
int dump_text_read(struct dumps *dumps, const struct text_list *paths);

/*
 * Return the name of a dump on the command line: its name if it is in the first
 * of @paths, and its directory if it is in another. The caller frees the name.
 */
char *dump_text_name(const struct dump *dump, const struct text_list *paths);

/*
 * Return the dump of this name, or with this path. If there is none, print that,
 * and return NULL.
 */
const struct dump *dump_text_find(const struct dumps *dumps,
				  const struct text_list *paths,
				  const char *name);

#endif /* KDUMP_CRYPT_DUMP_TEXT_H */
