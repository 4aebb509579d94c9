// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dumps.h"
#include "lib/xalloc.h"

static void add(struct dumps *dumps, const struct dump *dump, const char *path)
{
	dumps->list = xrealloc(dumps->list,
			       (dumps->count + 1) * sizeof(*dumps->list));
	dumps->list[dumps->count] = *dump;
	dumps->list[dumps->count++].path = xstrdup(path);
}

static int compare(const void *a, const void *b)
{
	const struct dump *first = a, *second = b;

	if (first->info.time != second->info.time)
		return first->info.time < second->info.time ? -1 : 1;
	return strverscmp(first->name, second->name);
}

int dumps_add(struct dumps *dumps, const char *path, struct error *error)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	struct error why;
	struct dump dump;
	int found;

	if (!directory)
		return error_set_errno(error, "cannot read the dumps in %s",
				       path);
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		found = dump_read(&dump, dirfd(directory), entry->d_name, &why);
		if (found > 0) {
			dumps->unreadable += dump.unreadable;
			add(dumps, &dump, path);
		} else if (found < 0 && why.number == EPERM) {
			dumps->untrusted++;
		} else if (found < 0) {
			dumps->unreadable++;
		}
	}
	closedir(directory);
	if (dumps->count)
		qsort(dumps->list, dumps->count, sizeof(*dumps->list), compare);
	return 0;
}

int dumps_read(struct dumps *dumps, const char *path, struct error *error)
{
	memset(dumps, 0, sizeof(*dumps));
	return dumps_add(dumps, path, error);
}

void dumps_release(struct dumps *dumps)
{
	while (dumps->count)
		dump_release(&dumps->list[--dumps->count]);
	free(dumps->list);
	memset(dumps, 0, sizeof(*dumps));
}
