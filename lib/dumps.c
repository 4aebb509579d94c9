// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

#include "lib/dumps.h"
#include "lib/xalloc.h"

#define STAMP_FORMAT   "%Y-%m-%d-%H:%M:%S"
#define STAMP_LENGTH   19 /* of 2026-11-22-00:33:59 */
#define MAX_INFO_BYTES (1024 * 1024)
#define ESTIMATE_PART  16 /* a first vmcore needs 1/16 of the memory */
#define RESERVE_BYTES  (32 * 1024 * 1024)
#define RESERVE_PART   16 /* reserve at most 1/16 of the free space */

/*
 * All files of a dump, in the order of their removal. If a removal is
 * interrupted, the rest is still a dump, so it can be removed again.
 */
static const char *const files[] = {
	DUMP_VMCORE,	DUMP_VMCORE_INCOMPLETE, DUMP_INFO_UNFINISHED,
	DUMP_INFO_FILE, DUMP_KERNEL_LOG,
};

#define FILE_COUNT (sizeof(files) / sizeof(files[0]))

static int open_directory(int parent, const char *name)
{
	return openat(parent, name,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_file(int directory, const char *name, int64_t *bytes)
{
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) ||
	    !S_ISREG(status.st_mode))
		return false;
	if (bytes)
		*bytes = status.st_size;
	return true;
}

static FILE *open_file(int directory, const char *name)
{
	int fd = openat(directory, name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "r");

	if (!stream && fd >= 0)
		close(fd);
	return stream;
}

static bool read_info(struct dump_info *info, int directory)
{
	char *text = NULL;
	size_t capacity = 0;
	int64_t bytes;
	FILE *stream;
	bool valid;

	if (!is_file(directory, DUMP_INFO_FILE, &bytes) ||
	    bytes > MAX_INFO_BYTES)
		return false;
	stream = open_file(directory, DUMP_INFO_FILE);
	if (!stream)
		return false;
	valid = getdelim(&text, &capacity, '\0', stream) > 0 &&
		!dump_info_from_json(info, text, NULL);
	free(text);
	fclose(stream);
	return valid;
}

/* <host>-<time>, and ".<number>" if there are several of that time. */
static int parse_name(const char *name, char **host, int64_t *when)
{
	const char *stamp, *end;
	struct tm utc = { 0 };
	size_t length = strlen(name);
	const char *dot = strrchr(name, '.');

	if (dot && dot[1] && !dot[1 + strspn(dot + 1, "0123456789")])
		length = dot - name;
	if (length < STAMP_LENGTH + 2)
		return -1;
	stamp = name + length - STAMP_LENGTH;
	end = strptime(stamp, STAMP_FORMAT, &utc);
	if (end != stamp + STAMP_LENGTH || stamp[-1] != '-')
		return -1;
	*host = xasprintf("%.*s", (int)(stamp - 1 - name), name);
	*when = timegm(&utc);
	return 0;
}

static char *find_panic(int directory)
{
	FILE *log;
	char *panic;

	if (!is_file(directory, DUMP_KERNEL_LOG, NULL))
		return NULL;
	log = open_file(directory, DUMP_KERNEL_LOG);
	if (!log)
		return NULL;
	panic = dump_info_find_panic(log);
	fclose(log);
	return panic;
}

/*
 * Fill @info with what the files show without info.json. Return false if this
 * is not a dump.
 */
static bool infer_info(struct dump_info *info, int directory, const char *name)
{
	bool named = !parse_name(name, &info->host, &info->time);
	bool complete = is_file(directory, DUMP_VMCORE, &info->vmcore_bytes);
	bool incomplete = is_file(directory, DUMP_VMCORE_INCOMPLETE,
				  complete ? NULL : &info->vmcore_bytes);
	bool logged =
		is_file(directory, DUMP_KERNEL_LOG, &info->kernel_log_bytes);
	struct stat status;

	if (!named && !complete && !incomplete && !logged)
		return false;
	if (!named && !fstat(directory, &status))
		info->time = status.st_mtime;
	info->complete = complete;
	if (!complete)
		info->reason = xstrdup(incomplete ?
					       "the vmcore was not finished" :
					       "there is no vmcore");
	info->panic = find_panic(directory);
	return true;
}

/*
 * The capture may have been interrupted after it wrote info.json for the first
 * time, and someone may have removed the vmcore. So the files decide.
 */
static void correct_info(struct dump_info *info, int directory)
{
	bool complete = is_file(directory, DUMP_VMCORE, &info->vmcore_bytes);

	if (!complete)
		is_file(directory, DUMP_VMCORE_INCOMPLETE, &info->vmcore_bytes);
	if (complete && !info->complete) {
		free(info->reason);
		info->reason = NULL;
	} else if (info->complete && !complete) {
		info->reason = xstrdup("the vmcore is no longer there");
	}
	info->complete = complete;
}

/* Return 1 if @name is a dump, 0 if it is none, -1 if it cannot be read. */
static int read_dump(struct dump *dump, int parent, const char *name,
		     struct error *error)
{
	int directory = open_directory(parent, name);
	bool found = true;

	if (directory < 0 && errno == EACCES)
		return error_set_errno(error, "cannot read %s", name);
	if (directory < 0)
		return 0;
	memset(dump, 0, sizeof(*dump));
	dump->has_info = read_info(&dump->info, directory);
	if (dump->has_info)
		correct_info(&dump->info, directory);
	else
		found = infer_info(&dump->info, directory, name);
	close(directory);
	if (found)
		dump->name = xstrdup(name);
	else
		dump_info_release(&dump->info);
	return found;
}

static void release_dump(struct dump *dump)
{
	free(dump->path);
	free(dump->name);
	dump_info_release(&dump->info);
}

static void add(struct dumps *dumps, const struct dump *dump, const char *path)
{
	dumps->list = xrealloc(dumps->list,
			       (dumps->count + 1) * sizeof(*dumps->list));
	dumps->list[dumps->count] = *dump;
	dumps->list[dumps->count++].path = xstrdup(path);
}

static void remove_last(struct dumps *dumps, size_t left)
{
	while (dumps->count > left)
		release_dump(&dumps->list[--dumps->count]);
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
	size_t before = dumps->count;
	struct dirent *entry;
	struct dump dump;
	int found = 0;

	if (!directory)
		return error_set_errno(error, "cannot read the dumps in %s",
				       path);
	while (found >= 0 && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		found = read_dump(&dump, dirfd(directory), entry->d_name,
				  error);
		if (found > 0)
			add(dumps, &dump, path);
	}
	closedir(directory);
	if (found < 0) {
		remove_last(dumps, before);
		return error_prefix(error, "cannot read the dumps in %s", path);
	}
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
	remove_last(dumps, 0);
	free(dumps->list);
	memset(dumps, 0, sizeof(*dumps));
}

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
	int directory = open_directory(parent, name), ret = 0;
	char *other;

	if (directory < 0)
		return error_set_errno(error, "cannot remove %s", name);
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
		found = read_dump(&dump, parent, name, error);
	if (found < 0)
		return error_prefix(error, "cannot remove %s", name);
	if (!found)
		return error_set(error, ENOENT,
				 "cannot remove %s: there is no such dump",
				 name);
	release_dump(&dump);
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

static bool is_complete_of(const struct dump *dump, const char *host)
{
	return dump->has_info && dump->info.complete &&
	       !strcmp(dump->info.host, host);
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
		count += is_complete_of(&dumps.list[i], host);
	for (i = 0; i < dumps.count && count > keep; i++) {
		const struct dump *dump = &dumps.list[i];
		bool failed;

		if (!is_complete_of(dump, host) || !strcmp(dump->name, newest))
			continue;
		failed = dumps_remove(path, dump->name, &error);
		removed(dump->name, failed ? error.reason : NULL);
		count--;
	}
	dumps_release(&dumps);
}

static int64_t estimate_vmcore(const char *path, const char *host,
			       int64_t memory_bytes)
{
	struct dumps dumps;
	int64_t bytes = 0;
	size_t i;

	if (!dumps_read(&dumps, path, NULL)) {
		for (i = 0; i < dumps.count; i++) {
			const struct dump *dump = &dumps.list[i];

			if (is_complete_of(dump, host) &&
			    dump->info.vmcore_bytes > bytes)
				bytes = dump->info.vmcore_bytes;
		}
		dumps_release(&dumps);
	}
	return bytes ?: memory_bytes / ESTIMATE_PART;
}

int dumps_forecast_space(struct dumps_space *space, const char *path,
			 const char *host, int64_t memory_bytes,
			 struct error *error)
{
	struct statfs status;
	int64_t part;

	if (statfs(path, &status))
		return error_set_errno(error, "%s", path);
	space->free = (int64_t)status.f_bavail * status.f_frsize;
	space->only_root = 0;
	/* On other filesystems the difference has other meanings. */
	if (status.f_type == EXT4_SUPER_MAGIC)
		space->only_root = (int64_t)(status.f_bfree - status.f_bavail) *
				   status.f_frsize;
	part = space->free / RESERVE_PART;
	space->reserve = part < RESERVE_BYTES ? part : RESERVE_BYTES;
	space->estimate = estimate_vmcore(path, host, memory_bytes);
	space->enough = space->estimate <= space->free - space->reserve;
	return 0;
}
