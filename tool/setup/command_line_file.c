// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/prefix.h"
#include "lib/text_list.h"
#include "lib/xalloc.h"
#include "tool/setup/command_line_file.h"

#define PARAMETER "crashkernel="
#define BLANKS	  " \t"
#define ENDS	  " \t\n\"" /* of a parameter, besides that of the text */

static const char *const reserving[] = { PARAMETER, NULL };
static const char *const added_by_loaders[] = { PARAMETER, "BOOT_IMAGE=",
						"initrd=", NULL };

static bool begins_with_any(const char *word, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (starts_with(word, *prefixes))
			return true;
	return false;
}

/* A quoted value may contain blanks. All of it stays as it is. */
static char *remove_words(const char *line, const char *const *prefixes)
{
	struct text_list words = {};
	char *result;

	for (line += strspn(line, BLANKS); *line;
	     line += strspn(line, BLANKS)) {
		bool quoted = false;
		size_t i;

		for (i = 0; line[i] && (quoted || !strchr(BLANKS, line[i]));
		     i++)
			quoted ^= line[i] == '"';
		if (!begins_with_any(line, prefixes))
			text_list_addf(&words, "%.*s", (int)i, line);
		line += i;
	}
	result = text_list_join(&words, " ") ?: xstrdup("");
	text_list_release(&words);
	return result;
}

char *command_line_default(const char *running)
{
	return remove_words(running, added_by_loaders);
}

char *command_line_without(const char *line)
{
	return remove_words(line, reserving);
}

char *command_line_reserve(const char *line, long long mebibytes)
{
	return xasprintf("%s%s" PARAMETER "%lldM", line, *line ? " " : "",
			 mebibytes);
}

long long command_line_reserved(const char *text)
{
	long long mebibytes = 0;

	while ((text = strstr(text, PARAMETER))) {
		char *end;

		text += strlen(PARAMETER);
		mebibytes = strtoll(text, &end, 10);
		if (*end != 'M' || !strchr(ENDS, end[1]))
			mebibytes = 0;
	}
	return mebibytes;
}

char *command_line_find(const char *content)
{
	char *copy = xstrdup(content), *found = NULL, *line, *state;
	bool reserves = false;

	for (line = strtok_r(copy, "\n", &state); line;
	     line = strtok_r(NULL, "\n", &state)) {
		const char *text = line + strspn(line, BLANKS);
		bool has_parameter = strstr(text, PARAMETER);

		if (!*text || *text == '#' || (reserves && !has_parameter))
			continue;
		reserves |= has_parameter;
		found = line;
	}
	found = xstrdup_or_null(found);
	free(copy);
	return found;
}
