/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dumps as the verbs print them. */
#ifndef KDUMP_CRYPT_DUMP_TEXT_H
#define KDUMP_CRYPT_DUMP_TEXT_H

#include <json-c/json.h>
#include <stdint.h>

#include "lib/dumps.h"
#include "lib/text_list.h"

/*
 * Each returns text for the caller to free. What is not known is "-", and what
 * a terminal could take for more than text is "?".
 */
char *dump_text_plain(const char *text);
char *dump_text_time(const struct dump *dump);
char *dump_text_size(int64_t bytes);
char *dump_text_duration(const struct dump *dump);
char *dump_text_keys(const struct dump *dump);

/* As far as it is known; the caller releases it with json_object_put(). */
json_object *dump_text_json(const struct dump *dump);

/*
 * Find the dumps in @paths. One that cannot be read is told; it may be that its
 * volume is closed. Returns 0, or -1 where none can be read. The caller releases
 * @dumps.
 */
int dump_text_read(struct dumps *dumps, const struct text_list *paths);

/*
 * What a dump is called on the command line, for the caller to free: its name
 * in the first of @paths, and in another one that of its directory.
 */
char *dump_text_name(const struct dump *dump, const struct text_list *paths);

/* The dump of this name, or NULL after it was printed that there is none. */
const struct dump *dump_text_find(const struct dumps *dumps,
				  const struct text_list *paths,
				  const char *name);

#endif /* KDUMP_CRYPT_DUMP_TEXT_H */
