// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/boot_parameters.h"
#include "lib/xalloc.h"

#define BLANKS " \n"

char *boot_parameter(const char *line, const char *name)
{
	size_t length = strlen(name);
	const char *word;

	for (word = line + strspn(line, BLANKS); *word;
	     word += strspn(word, BLANKS)) {
		const char *end = word + strcspn(word, BLANKS);
		const char *value = word + length;

		if (!strncmp(word, name, length) && value <= end &&
		    (value == end || *value == '=')) {
			value += value < end;
			return xasprintf("%.*s", (int)(end - value), value);
		}
		word = end;
	}
	return NULL;
}
