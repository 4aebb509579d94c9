/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dumps as the verbs print them. */
#ifndef KDUMP_CRYPT_DUMP_TEXT_H
#define KDUMP_CRYPT_DUMP_TEXT_H

#include <json-c/json.h>
#include <stdint.h>

#include "../lib/dumps.h"

/*
 * Each returns text for the caller to free. What is not known is "-", and what
 * a terminal could take for more than text is "?".
 */
char *dump_text_plain(const char *text);
char *dump_text_time(const struct dump *dump);
char *dump_text_size(int64_t bytes);
char *dump_text_duration(const struct dump *dump);

/* As far as it is known; the caller releases it with json_object_put(). */
json_object *dump_text_json(const struct dump *dump, const char *path);

/* Find the dumps in @path. Returns 0, or -1 after the reason was printed. */
int dump_text_read(struct dumps *dumps, const char *path);

/* Returns NULL after it was printed that no dump has this name. */
const struct dump *dump_text_find(const struct dumps *dumps, const char *path,
				  const char *name);

#endif /* KDUMP_CRYPT_DUMP_TEXT_H */
