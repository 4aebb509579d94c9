// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"

/*
 * All of @stream up to the first NUL, if there is one, and how much was read;
 * NULL with errno set.
 */
static char *read_stream(FILE *stream, size_t *length)
{
	size_t capacity = 0;
	char *text = NULL;
	ssize_t ret = getdelim(&text, &capacity, '\0', stream);

	*length = ret < 0 ? 0 : ret;
	if (ret >= 0)
		return text;
	free(text);
	return ferror(stream) ? NULL : xstrdup("");
}

char *textfile_read(const char *path)
{
	FILE *file = fopen(path, "re");
	size_t length;
	char *text;
	int error;

	if (!file)
		return NULL;
	text = read_stream(file, &length);
	error = errno;
	fclose(file);
	errno = error;
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

/* Owner and mode are those of @like, where there is one. */
static int write_new(const char *path, const char *text,
		     const struct stat *like)
{
	int fd, ret;

	/* What an interrupted writing left. */
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		  like ? 0600 : 0644);
	if (fd < 0)
		return -1;
	ret = dprintf(fd, "%s", text) < 0 ? -1 : fsync(fd);
	if (!ret && like)
		ret = fchown(fd, like->st_uid, like->st_gid) ||
				      fchmod(fd, like->st_mode & 07777) ?
			      -1 :
			      0;
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

static int replace(const char *path, const char *text, const struct stat *like)
{
	char *part = xasprintf("%s.part", path);
	int ret = write_new(part, text, like), error;

	if (!ret)
		ret = rename(part, path);
	error = errno;
	if (ret)
		unlink(part);
	free(part);
	errno = error;
	return ret ?: sync_directory_of(path);
}

int textfile_replace(const char *path, const char *text)
{
	char *with_newline = xasprintf("%s\n", text);
	int ret = replace(path, with_newline, NULL);

	free(with_newline);
	return ret;
}

/* Where the first line that is @line begins in @text. */
static char *find_line(char *text, const char *line)
{
	size_t length = strlen(line), at;

	for (; *text; text += at + (text[at] == '\n')) {
		at = strcspn(text, "\n");
		if (at == length && !memcmp(text, line, at))
			return text;
	}
	return NULL;
}

static int replace_line(const char *path, FILE *stream, const char *line,
			const char *with)
{
	char *text, *place, *edited;
	struct stat status;
	size_t length;
	int ret = -1;

	if (fstat(fileno(stream), &status))
		return -1;
	text = read_stream(stream, &length);
	if (!text)
		return -1;
	place = find_line(text, line);
	if (strlen(text) != length) {
		errno = EINVAL; /* a NUL: it is not a text file */
	} else if (!place) {
		errno = ESRCH;
	} else {
		edited = xasprintf("%.*s%s%s", (int)(place - text), text, with,
				   place + strlen(line));
		ret = replace(path, edited, &status);
		free(edited);
	}
	free(text);
	return ret;
}

int textfile_replace_line(const char *path, const char *line, const char *with)
{
	/* A link to the file stays one. */
	char *resolved = realpath(path, NULL);
	FILE *stream = resolved ? fopen(resolved, "re") : NULL;
	int ret = stream ? replace_line(resolved, stream, line, with) : -1;
	int error = errno;

	if (stream)
		fclose(stream);
	free(resolved);
	errno = error;
	return ret;
}
