// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
