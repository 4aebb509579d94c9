// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/dump_directory.h"
#include "lib/xalloc.h"

#define MAX_SAME_TIME 100 /* dumps with the same time in their name */

static int make_and_open(int parent, const char *name)
{
	if (mkdirat(parent, name, 0755) && errno != EEXIST)
		return -1;
	return openat(parent, name,
		      O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * Make the directory @path and its parents in @mounted. It had no symbolic link
 * when the machine was armed. One that is there now may lead to the crash
 * kernel's own memory.
 */
static int make_directories(const char *mounted, const char *path)
{
	char *copy = xstrdup(path), *rest = copy, *name;
	int parent = open(mounted, O_PATH | O_DIRECTORY | O_CLOEXEC), fd;

	while (parent >= 0 && (name = strsep(&rest, "/"))) {
		if (!name[0])
			continue;
		fd = make_and_open(parent, name);
		close(parent);
		parent = fd;
	}
	free(copy);
	if (parent < 0)
		return -1;
	close(parent);
	return 0;
}

/* Return the name of the new directory, or NULL with errno set. */
static char *make_named(const char *parent, const char *host, const char *stamp)
{
	char *name, *directory;
	unsigned int i;
	int ret;

	/* On a machine without a clock many dumps have the same time. */
	for (i = 1; i <= MAX_SAME_TIME; i++) {
		name = i == 1 ? xasprintf("%s-%s", host, stamp) :
				xasprintf("%s-%s.%u", host, stamp, i);
		directory = xasprintf("%s/%s", parent, name);
		ret = mkdir(directory, 0700);
		free(directory);
		if (!ret)
			return name;
		free(name);
		if (errno != EEXIST)
			break;
	}
	return NULL;
}

static char *make_unique(const char *parent, const char *host)
{
	char stamp[sizeof("0000-00-00-00:00:00")], *colon, *name;
	time_t now = time(NULL);

	strftime(stamp, sizeof(stamp), "%Y-%m-%d-%H:%M:%S", gmtime(&now));
	name = make_named(parent, host, stamp);
	if (name || errno != EINVAL)
		return name;
	/* FAT has no colons in names. */
	while ((colon = strchr(stamp, ':')))
		*colon = '-';
	return make_named(parent, host, stamp);
}

int dump_directory_make(struct dump_directory *directory,
			const struct plan_target *target, const char *host,
			const char *mounted, struct error *error)
{
	const char *in_target = strcmp(target->dump_directory, "/") ?
					target->dump_directory :
					"";
	const char *on_machine = strcmp(target->path, "/") ? target->path : "";

	memset(directory, 0, sizeof(*directory));
	directory->parent = xasprintf("%s%s", mounted, in_target);
	if (!make_directories(mounted, in_target))
		directory->name = make_unique(directory->parent, host);
	if (!directory->name) {
		error_set_errno(error, "cannot make a directory in %s",
				target->path);
		dump_directory_release(directory);
		return -1;
	}
	directory->path =
		xasprintf("%s/%s", directory->parent, directory->name);
	directory->shown = xasprintf("%s/%s", on_machine, directory->name);
	return 0;
}

void dump_directory_release(struct dump_directory *directory)
{
	free(directory->parent);
	free(directory->name);
	free(directory->path);
	free(directory->shown);
	memset(directory, 0, sizeof(*directory));
}

int64_t dump_directory_size_of(const struct dump_directory *directory,
			       const char *name)
{
	char *file = xasprintf("%s/%s", directory->path, name);
	struct stat status;
	int64_t bytes = stat(file, &status) ? 0 : status.st_size;

	free(file);
	return bytes;
}

static int sync_at(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	return ret;
}

int dump_directory_sync(const struct dump_directory *directory,
			const char *name, const char *new_name,
			struct error *error)
{
	int fd = open(directory->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0 || sync_at(fd, name) ||
	    (new_name && renameat(fd, name, fd, new_name)) || fsync(fd))
		ret = error_set_errno(error, "cannot write %s/%s",
				      directory->shown, new_name ?: name);
	if (fd >= 0)
		close(fd);
	return ret;
}
