// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utc.h"
#include "lib/xalloc.h"
#include "tool/host/config_file.h"
#include "tool/setup/change_record.h"
#include "tool/setup/recorded_options.h"
#include "tool/verbs/dump_text.h"
#include "tool/verbs/print.h"

#define UNKNOWN "-"
#define KIB	1024
#define MIB	(1024.0 * KIB)
#define GIB	(1024.0 * MIB)

char *dump_text_plain(const char *text)
{
	char *plain = xstrdup(text && *text ? text : UNKNOWN), *at;

	for (at = plain; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	return plain;
}

char *dump_text_time(int64_t when)
{
	char *text = utc_for_people(when);

	if (text[0])
		return text;
	free(text);
	return xstrdup(UNKNOWN);
}

char *dump_text_size(int64_t bytes)
{
	if (bytes >= GIB)
		return xasprintf("%.1f GiB", bytes / GIB);
	if (bytes >= MIB)
		return xasprintf("%.1f MiB", bytes / MIB);
	return xasprintf("%lld KiB", ((long long)bytes + KIB - 1) / KIB);
}

char *dump_text_duration(const struct dump *dump)
{
	if (!dump->info.step_count)
		return xstrdup(UNKNOWN);
	return xasprintf("%.1f s", dump_info_seconds(&dump->info));
}

char *dump_text_keys(const struct dump *dump)
{
	switch (dump->info.keys) {
	case DUMP_KEYS_HIDDEN:
		return xstrdup("hidden");
	case DUMP_KEYS_EXPOSED:
		return xstrdup("inside");
	case DUMP_KEYS_UNKNOWN:
		break;
	}
	return xstrdup(UNKNOWN);
}

static char *directory_of(const struct dump *dump)
{
	return xasprintf("%s/%s", strcmp(dump->path, "/") ? dump->path : "",
			 dump->name);
}

json_object *dump_text_json(const struct dump *dump)
{
	json_object *root = dump_info_to_json(&dump->info);
	char *directory = directory_of(dump);

	json_object_object_add(root, "name",
			       json_object_new_string(dump->name));
	json_object_object_add(root, "directory",
			       json_object_new_string(directory));
	if (!dump->has_info) {
		json_object_object_del(root, "format");
		json_object_object_del(root, "memory_bytes");
		json_object_object_del(root, "steps");
	}
	free(directory);
	return root;
}

int dump_text_paths(struct text_list *paths, const char *path,
		    const char *config)
{
	struct recorded_options recorded;
	const char *usual = path;
	struct error error;
	int ret;

	recorded_options_read(&recorded, CHANGE_RECORD, NULL);
	recorded_options_apply(&recorded, &usual, &config);
	ret = config_file_dump_paths(paths, path, usual, config, &error);
	if (ret)
		print_error(&error);
	recorded_options_release(&recorded);
	return ret;
}

static const char *directories(size_t count)
{
	return count == 1 ? "directory" : "directories";
}

static void warn_of_others(const struct dumps *dumps,
			   const struct text_list *paths)
{
	char *all = text_list_join(paths, ", ");

	if (dumps->unreadable)
		warnx("only root can read %zu %s in %s", dumps->unreadable,
		      directories(dumps->unreadable), all);
	if (dumps->untrusted)
		warnx("ignored %zu %s in %s: other users than root own it or may write to it",
		      dumps->untrusted, directories(dumps->untrusted), all);
	free(all);
}

int dump_text_read(struct dumps *dumps, const struct text_list *paths)
{
	struct error error;
	size_t i;
	int ret = -1;

	memset(dumps, 0, sizeof(*dumps));
	for (i = 0; i < paths->count; i++) {
		if (dumps_add(dumps, paths->items[i], &error))
			print_error(&error);
		else
			ret = 0;
	}
	warn_of_others(dumps, paths);
	return ret;
}

char *dump_text_name(const struct dump *dump, const struct text_list *paths)
{
	if (!strcmp(dump->path, paths->items[0]))
		return xstrdup(dump->name);
	return directory_of(dump);
}

/* @directory is the path of a directory, without symbolic links, or NULL. */
static bool is_called(const struct dump *dump, const struct text_list *paths,
		      const char *name, const char *directory)
{
	char *own = dump_text_name(dump, paths);
	char *full = directory_of(dump);
	char *resolved = directory ? realpath(full, NULL) : NULL;
	bool same = !strcmp(own, name) ||
		    (resolved && !strcmp(resolved, directory));

	free(resolved);
	free(full);
	free(own);
	return same;
}

const struct dump *dump_text_find(const struct dumps *dumps,
				  const struct text_list *paths,
				  const char *name)
{
	char *directory = strchr(name, '/') ? realpath(name, NULL) : NULL;
	const struct dump *found = NULL;
	char *all;
	size_t i;

	for (i = 0; i < dumps->count && !found; i++)
		if (is_called(&dumps->list[i], paths, name, directory))
			found = &dumps->list[i];
	free(directory);
	if (found)
		return found;
	all = text_list_join(paths, ", ");
	warnx("there is no dump \"%s\" in %s: kdump-crypt list shows all dumps",
	      name, all);
	free(all);
	return NULL;
}
