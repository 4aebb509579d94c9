// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/dump.h"
#include "lib/xalloc.h"

#define STAMP_FORMAT   "%Y-%m-%d-%H:%M:%S"
#define FAT_FORMAT     "%Y-%m-%d-%H-%M-%S"
#define STAMP_LENGTH   19 /* of 2026-11-22-00:33:59 */
#define MAX_INFO_BYTES (1024 * 1024)

/* Anyone may write to some dump paths, and make directories that look like dumps. */
static bool is_trusted(int directory)
{
	struct stat status;

	return !fstat(directory, &status) &&
	       (!status.st_uid || status.st_uid == geteuid()) &&
	       !(status.st_mode & (S_IWGRP | S_IWOTH));
}

int dump_open_directory(int parent, const char *name, struct error *error)
{
	int place = openat(parent, name,
			   O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int directory = -1;

	if (place < 0)
		return error_set_errno(error, "cannot read %s", name);
	if (!is_trusted(place)) {
		error_set(
			error, EPERM,
			"%s is not a dump: other users than root own it or may write to it",
			name);
	} else {
		directory =
			openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (directory < 0)
			error_set_errno(error, "cannot read %s", name);
	}
	close(place);
	return directory;
}

static int open_file(int directory, const char *name)
{
	return openat(directory, name,
		      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

int dump_open_file(const struct dump *dump, const char *name,
		   struct error *error)
{
	int parent = open(dump->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int directory = -1, file = -1;

	if (parent < 0)
		error_set_errno(error, "%s", dump->path);
	else
		directory = dump_open_directory(parent, dump->name, error);
	if (directory >= 0) {
		file = open_file(directory, name);
		if (file < 0)
			error_set_errno(error, "cannot read %s/%s/%s",
					dump->path, dump->name, name);
		close(directory);
	}
	if (parent >= 0)
		close(parent);
	return file;
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

static FILE *open_stream(int directory, const char *name)
{
	int fd = open_file(directory, name);
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
	stream = open_stream(directory, DUMP_INFO_FILE);
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
	end = strptime(stamp, STAMP_FORMAT, &utc) ?:
		      strptime(stamp, FAT_FORMAT, &utc);
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
	log = open_stream(directory, DUMP_KERNEL_LOG);
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
	bool complete;

	info->vmcore_bytes = 0;
	complete = is_file(directory, DUMP_VMCORE, &info->vmcore_bytes);
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

static bool read_directory(struct dump *dump, int directory, const char *name)
{
	dump->has_info = read_info(&dump->info, directory);
	if (!dump->has_info)
		return infer_info(&dump->info, directory, name);
	correct_info(&dump->info, directory);
	return true;
}

/* The name is all that a user who is not root may see. */
static bool read_name(struct dump *dump, const char *name)
{
	if (parse_name(name, &dump->info.host, &dump->info.time))
		return false;
	dump->unreadable = true;
	dump->info.reason = xstrdup("only root can read it");
	return true;
}

bool dump_name_time(const char *name, int64_t *when)
{
	char *host = NULL;
	bool valid = !parse_name(name, &host, when);

	free(host);
	return valid;
}

int dump_read(struct dump *dump, int parent, const char *name,
	      struct error *error)
{
	struct error why;
	int directory = dump_open_directory(parent, name, &why);
	bool found = false;
	int64_t when;

	memset(dump, 0, sizeof(*dump));
	if (directory >= 0) {
		found = read_directory(dump, directory, name);
		close(directory);
	} else if (why.number == EACCES) {
		found = read_name(dump, name);
	}
	if (found) {
		dump->name = xstrdup(name);
		return 1;
	}
	dump_info_release(&dump->info);
	if (directory < 0 &&
	    (why.number == EACCES ||
	     (why.number == EPERM && dump_name_time(name, &when))))
		return error_set(error, why.number, "%s", why.reason);
	return 0;
}

void dump_release(struct dump *dump)
{
	free(dump->path);
	free(dump->name);
	dump_info_release(&dump->info);
}

bool dump_is_complete_of(const struct dump *dump, const char *host)
{
	return dump->has_info && dump->info.complete &&
	       !strcmp(dump->info.host, host);
}
