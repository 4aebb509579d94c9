// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "lib/dump_removal.h"
#include "lib/dumps.h"
#include "lib/xalloc.h"

/*
 * All files of a dump, in the order of their removal. If a removal is
 * interrupted, the rest is still a dump, so it can be removed again.
 */
static const char *const files[] = {
	DUMP_VMCORE,	DUMP_VMCORE_INCOMPLETE, DUMP_INFO_UNFINISHED,
	DUMP_INFO_FILE, DUMP_KERNEL_LOG,
};

#define FILE_COUNT (sizeof(files) / sizeof(files[0]))

static bool belongs_to_dump(int directory, const char *name)
{
	struct stat status;
	size_t i;

	for (i = 0; i < FILE_COUNT; i++)
		if (!strcmp(name, files[i]))
			return !fstatat(directory, name, &status,
					AT_SYMLINK_NOFOLLOW) &&
			       !S_ISDIR(status.st_mode);
	return false;
}

/* Return the name of a file that does not belong to a dump, or NULL. */
static char *find_other(int directory)
{
	int fd = dup(directory);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char *other = NULL;

	if (!stream)
		return NULL;
	while (!other && (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    !belongs_to_dump(directory, entry->d_name))
			other = xstrdup(entry->d_name);
	}
	closedir(stream);
	return other;
}

static int remove_files(int directory)
{
	size_t i;

	for (i = 0; i < FILE_COUNT; i++)
		if (unlinkat(directory, files[i], 0) && errno != ENOENT)
			return -1;
	return 0;
}

static int remove_from(int parent, const char *name, struct error *error)
{
	int directory = dump_open_directory(parent, name, error), ret = 0;
	char *other;

	if (directory < 0)
		return error_prefix(error, "cannot remove %s", name);
	other = find_other(directory);
	if (other)
		ret = error_set(
			error, 0,
			"cannot remove %s: it also contains %s, which is not part of a dump: move that away first",
			name, other);
	else if (remove_files(directory) ||
		 unlinkat(parent, name, AT_REMOVEDIR))
		ret = error_set_errno(error, "cannot remove %s", name);
	free(other);
	close(directory);
	return ret;
}

/* Only a dump that dumps_read() finds can be removed. */
static int remove_dump(int parent, const char *name, struct error *error)
{
	struct dump dump;
	int found = 0;

	if (name[0] && name[0] != '.' && !strchr(name, '/'))
		found = dump_read(&dump, parent, name, error);
	if (found < 0)
		return error_prefix(error, "cannot remove %s", name);
	if (!found)
		return error_set(error, ENOENT,
				 "cannot remove %s: there is no such dump",
				 name);
	dump_release(&dump);
	return remove_from(parent, name, error);
}

int dumps_remove(const char *path, const char *name, struct error *error)
{
	int parent = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret;

	if (parent < 0)
		return error_set_errno(error, "cannot remove %s: %s", name,
				       path);
	ret = remove_dump(parent, name, error);
	close(parent);
	return ret;
}

void dumps_keep(const char *path, const char *host, unsigned int keep,
		const char *newest,
		void (*removed)(const char *name, const char *reason))
{
	struct error error;
	struct dumps dumps;
	size_t i, count = 0;

	if (dumps_read(&dumps, path, NULL))
		return;
	for (i = 0; i < dumps.count; i++)
		count += dump_is_complete_of(&dumps.list[i], host);
	for (i = 0; i < dumps.count && count > keep; i++) {
		const struct dump *dump = &dumps.list[i];
		bool failed;

		if (!dump_is_complete_of(dump, host) ||
		    !strcmp(dump->name, newest))
			continue;
		failed = dumps_remove(path, dump->name, &error);
		removed(dump->name, failed ? error.reason : NULL);
		count--;
	}
	dumps_release(&dumps);
}

/* Removed space is free once the filesystem has written that. */
static bool has_room(const char *path, int64_t needed)
{
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs status;

	if (directory >= 0) {
		syncfs(directory);
		close(directory);
	}
	return statfs(path, &status) ||
	       (int64_t)status.f_bavail * status.f_frsize >= needed;
}

static bool is_partial_of(const struct dump *dump, const char *host)
{
	return dump->has_info && !dump->info.complete && dump->info.host &&
	       !strcmp(dump->info.host, host);
}

/* Return a text that says what was done, or why it failed. */
static char *remove_vmcore(const struct dump *dump)
{
	int parent = open(dump->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int directory =
		parent < 0 ? -1 : dump_open_directory(parent, dump->name, NULL);
	struct error error;
	char *text;

	if (directory >= 0 && !unlinkat(directory, DUMP_VMCORE_INCOMPLETE, 0)) {
		text = xasprintf("%s: its incomplete vmcore removed",
				 dump->name);
	} else {
		error_set_errno(&error, "cannot remove the vmcore of %s",
				dump->name);
		text = xstrdup(error.reason);
	}
	if (directory >= 0)
		close(directory);
	if (parent >= 0)
		close(parent);
	return text;
}

struct removal {
	const char *host;
	const char *newest;
	int64_t needed;
	void (*removed)(const char *name, const char *reason);
};

static void remove_partial(const struct dumps *dumps,
			   const struct removal *removal)
{
	size_t i;

	for (i = 0; i < dumps->count; i++) {
		const struct dump *dump = &dumps->list[i];
		char *text;

		if (!is_partial_of(dump, removal->host) ||
		    !dump->info.vmcore_bytes ||
		    !strcmp(dump->name, removal->newest))
			continue;
		if (has_room(dump->path, removal->needed))
			return;
		text = remove_vmcore(dump);
		removal->removed(dump->name, text);
		free(text);
	}
}

static void remove_complete(const struct dumps *dumps,
			    const struct removal *removal)
{
	bool is_first = true;
	size_t i;

	for (i = 0; i < dumps->count; i++) {
		const struct dump *dump = &dumps->list[i];
		struct error error;
		bool failed;

		if (!dump_is_complete_of(dump, removal->host) ||
		    !strcmp(dump->name, removal->newest))
			continue;
		if (is_first) {
			is_first = false;
			continue;
		}
		if (has_room(dump->path, removal->needed))
			return;
		failed = dumps_remove(dump->path, dump->name, &error);
		removal->removed(dump->name, failed ? error.reason : NULL);
	}
}

void dumps_make_room(const char *path, const char *host, const char *newest,
		     int64_t needed,
		     void (*removed)(const char *name, const char *reason))
{
	const struct removal removal = {
		.host = host,
		.newest = newest,
		.needed = needed,
		.removed = removed,
	};
	struct dumps dumps;

	if (has_room(path, needed) || dumps_read(&dumps, path, NULL))
		return;
	remove_partial(&dumps, &removal);
	remove_complete(&dumps, &removal);
	dumps_release(&dumps);
}
