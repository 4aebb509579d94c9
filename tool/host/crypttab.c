// SPDX-License-Identifier: GPL-2.0-or-later
#include <blkid/blkid.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/xalloc.h"
#include "tool/host/crypttab.h"

#define BLANKS " \t"

/* The fields of a line: name, device, key file, options. */
enum {
	DEVICE = 1,
	KEY_FILE,
	OPTIONS
};

struct field {
	const char *start;
	int length;
};

/* If the field is missing, return an empty one after the last field. */
static struct field find_field(const char *line, int number)
{
	struct field field = { line, 0 };
	int i;

	for (i = 0; i <= number; i++) {
		const char *next = field.start + field.length;

		next += strspn(next, BLANKS);
		if (*next == '\0' || *next == '#') {
			field.start += field.length;
			field.length = 0;
			return field;
		}
		field.start = next;
		field.length = strcspn(next, BLANKS);
	}
	return field;
}

char *crypttab_device(const char *line)
{
	struct field device = find_field(line, DEVICE);

	return device.length ? xasprintf("%.*s", device.length, device.start) :
			       NULL;
}

static bool is_same_device(const char *one, const char *other)
{
	struct stat first, second;

	return !stat(one, &first) && !stat(other, &second) &&
	       first.st_rdev == second.st_rdev;
}

bool crypttab_is_about(const char *line, const char *device)
{
	char *as_written = crypttab_device(line);
	char *found = as_written ? blkid_evaluate_spec(as_written, NULL) : NULL;
	bool same = found && is_same_device(found, device);

	free(found);
	free(as_written);
	return same;
}

char *crypttab_option(const char *line, const char *name)
{
	struct field options = find_field(line, OPTIONS);
	char *text = xasprintf("%.*s", options.length, options.start);
	char *state, *word, *value = NULL;
	size_t length = strlen(name);

	for (word = strtok_r(text, ",", &state); word && !value;
	     word = strtok_r(NULL, ",", &state))
		if (!strncmp(word, name, length) && word[length] == '=')
			value = xstrdup(word + length + 1);
	free(text);
	return value;
}

char *crypttab_add_option(const char *line, const char *option)
{
	struct field field = find_field(line, OPTIONS);
	const char *before = ",", *rest;

	if (!field.length)
		before = find_field(line, KEY_FILE).length ? " " : " none ";
	rest = field.start + field.length;
	return xasprintf("%.*s%s%s%s", (int)(rest - line), line, before, option,
			 rest);
}
