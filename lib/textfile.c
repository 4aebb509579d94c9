// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "textfile.h"
#include "xalloc.h"

char *textfile_read(const char *path)
{
	size_t capacity = 0;
	char *text = NULL;
	ssize_t length;
	FILE *file;

	file = fopen(path, "re");
	if (!file)
		return NULL;
	/* Without a NUL in it, the first "line" up to NUL is all of it. */
	length = getdelim(&text, &capacity, '\0', file);
	if (length < 0) {
		int error = ferror(file) ? errno : 0;

		free(text);
		fclose(file);
		if (!error)
			return strdup("");
		errno = error;
		return NULL;
	}
	fclose(file);
	while (length && text[length - 1] == '\n')
		text[--length] = '\0';
	return text;
}

long long textfile_read_number(const char *path)
{
	char *text = textfile_read(path);
	long long number;
	char *end;

	if (!text)
		return -1;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno || end == text || *end || number < 0) {
		number = -1;
		errno = EINVAL;
	}
	free(text);
	return number;
}

int textfile_write(const char *path, const char *text)
{
	size_t length = strlen(text);
	ssize_t written;
	int fd, error;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	written = write(fd, text, length);
	error = written < 0 ? errno : EIO;
	close(fd);
	if (written == (ssize_t)length)
		return 0;
	errno = error;
	return -1;
}

static int write_new(const char *path, const char *text)
{
	int fd, ret;

	/* What an interrupted writing left. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -1;
	ret = dprintf(fd, "%s\n", text) < 0 ? -1 : fsync(fd);
	if (close(fd))
		ret = -1;
	return ret;
}

/* So that what was renamed in there bears its new name on the disk, too. */
static int sync_directory_of(const char *path)
{
	char *copy = xstrdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	free(copy);
	return ret;
}

int textfile_replace(const char *path, const char *text)
{
	char *part = xasprintf("%s.part", path);
	int ret = write_new(part, text), error;

	if (!ret)
		ret = rename(part, path);
	error = errno;
	if (ret)
		unlink(part);
	free(part);
	errno = error;
	return ret ?: sync_directory_of(path);
}
