// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "capture/disk_space.h"

#define FULL_BYTES (1024 * 1024) /* with less than this it counts as full */

int64_t disk_space_free(const char *directory)
{
	struct statvfs status;

	if (statvfs(directory, &status))
		return -1;
	return (int64_t)status.f_bavail * status.f_frsize;
}

int disk_space_explain(const char *directory, struct error *error)
{
	int64_t bytes = disk_space_free(directory);

	if (bytes >= 0 && bytes < FULL_BYTES)
		error_set(error, ENOSPC, "the filesystem is full");
	return -1;
}

int disk_space_hold(const char *directory, int64_t bytes)
{
	int fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	/* Not posix_fallocate(), which may write all of the bytes. */
	if (fd >= 0 && (!bytes || fallocate(fd, 0, 0, bytes))) {
		close(fd);
		fd = -1;
	}
	return fd;
}
