// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/reported_dumps.h"

/* The caller frees the name. */
static char *full_name(const struct dump *dump)
{
	char *name = xasprintf("%s/%s", dump->path, dump->name), *at;

	/* The file has a line for each. */
	for (at = name; (at = strchr(at, '\n')); at++)
		*at = '?';
	return name;
}

static void read_names(struct reported_dumps *reported, char *text)
{
	char *line, *rest = text;

	reported->until = -1;
	if (text[0] && !text[strspn(text, "0123456789")]) {
		reported->until = strtoll(text, NULL, 10);
		return;
	}
	while ((line = strsep(&rest, "\n")))
		if (line[0])
			text_list_add(&reported->names, line);
}

int reported_dumps_read(struct reported_dumps *reported, const char *file,
			struct error *error)
{
	struct error why;
	char *text = textfile_read(file, &why);

	memset(reported, 0, sizeof(*reported));
	if (text) {
		read_names(reported, text);
		free(text);
		return 0;
	}
	reported->all = why.number == ENOENT;
	return reported->all ? 0 :
			       error_set(error, why.number, "%s", why.reason);
}

bool reported_dumps_has(const struct reported_dumps *reported,
			const struct dump *dump)
{
	char *name = full_name(dump);
	bool has = reported->all || dump->info.time <= reported->until ||
		   text_list_has(&reported->names, name);

	free(name);
	return has;
}

static bool path_has_dump(const struct dumps *dumps, const char *name)
{
	size_t length = strrchr(name, '/') ? strrchr(name, '/') - name : 0, i;

	for (i = 0; i < dumps->count; i++)
		if (strlen(dumps->list[i].path) == length &&
		    !strncmp(dumps->list[i].path, name, length))
			return true;
	return false;
}

int reported_dumps_write(const struct reported_dumps *reported,
			 const struct dumps *dumps, const char *file,
			 struct error *error)
{
	struct text_list names = {};
	char *text, *before;
	size_t i;
	int ret = 0;

	for (i = 0; i < reported->names.count; i++)
		if (!path_has_dump(dumps, reported->names.items[i]))
			text_list_add(&names, reported->names.items[i]);
	for (i = 0; i < dumps->count; i++) {
		char *name = full_name(&dumps->list[i]);

		text_list_add(&names, name);
		free(name);
	}
	text = text_list_join(&names, "\n") ?: xstrdup("");
	before = textfile_read(file, NULL);
	if (!before || strcmp(before, text))
		ret = textfile_replace(file, text, error);
	free(before);
	free(text);
	text_list_release(&names);
	return ret;
}

void reported_dumps_release(struct reported_dumps *reported)
{
	text_list_release(&reported->names);
}
