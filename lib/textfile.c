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
 * Return the content of @stream up to the first NUL and set @length to the
 * number of bytes read. Return NULL with errno set on failure.
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

static int set_read_error(struct error *error, const char *path)
{
	return error_set_errno(error, "cannot read %s", path);
}

char *textfile_read(const char *path, struct error *error)
{
	FILE *file = fopen(path, "re");
	size_t length;
	char *text;

	if (!file) {
		set_read_error(error, path);
		return NULL;
	}
	text = read_stream(file, &length);
	if (!text)
		set_read_error(error, path);
	fclose(file);
	while (length && text[length - 1] == '\n')
		text[--length] = '\0';
	return text;
}

long long textfile_read_number(const char *path, struct error *error)
{
	char *text = textfile_read(path, error);
	long long number;
	char *end;

	if (!text)
		return -1;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno || end == text || *end || number < 0) {
		number = error_set(error, EINVAL,
				   "%s does not contain a non-negative number",
				   path);
	}
	free(text);
	return number;
}

static int set_write_error(struct error *error, const char *path)
{
	return error_set_errno(error, "cannot write %s", path);
}

int textfile_write(const char *path, const char *text, struct error *error)
{
	size_t length = strlen(text);
	ssize_t written;
	int fd, ret = 0;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return set_write_error(error, path);
	written = write(fd, text, length);
	if (written != (ssize_t)length) {
		if (written >= 0)
			errno = EIO;
		ret = set_write_error(error, path);
	}
	close(fd);
	return ret;
}

/* If @like is not NULL, the file gets its owner and its mode. */
static int write_new(const char *path, const char *text,
		     const struct stat *like)
{
	int fd, ret;

	/* An interrupted write may have left a file. */
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

/* Write the new name of a renamed file to the disk, too. */
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
	int ret = write_new(part, text, like), number;

	if (!ret)
		ret = rename(part, path);
	number = errno;
	if (ret)
		unlink(part);
	free(part);
	errno = number;
	return ret ?: sync_directory_of(path);
}

int textfile_replace(const char *path, const char *text, struct error *error)
{
	char *with_newline = xasprintf("%s\n", text);
	int ret = replace(path, with_newline, NULL);

	if (ret)
		error_set_write(error, path);
	free(with_newline);
	return ret;
}

/* Return the first line of @text that equals @line, or NULL. */
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

/* Return the content of @path and set @status and @length. */
static char *read_with_status(const char *path, struct stat *status,
			      size_t *length)
{
	FILE *stream = fopen(path, "re");
	char *text = NULL;

	if (!stream)
		return NULL;
	if (!fstat(fileno(stream), status))
		text = read_stream(stream, length);
	fclose(stream);
	return text;
}

int textfile_replace_line(const char *path, const char *line, const char *with,
			  struct error *error)
{
	/* If @path is a symbolic link, it stays one. */
	char *resolved = realpath(path, NULL), *text = NULL, *place, *edited;
	struct stat status;
	size_t length;
	int ret;

	if (resolved)
		text = read_with_status(resolved, &status, &length);
	place = text ? find_line(text, line) : NULL;
	if (!text) {
		ret = set_read_error(error, path);
	} else if (strlen(text) != length) {
		ret = error_set(error, EINVAL, "%s is not a text file", path);
	} else if (!place) {
		ret = error_set(error, ESRCH,
				"%s does not have the line \"%s\"", path, line);
	} else {
		edited = xasprintf("%.*s%s%s", (int)(place - text), text, with,
				   place + strlen(line));
		ret = replace(resolved, edited, &status);
		if (ret)
			error_set_write(error, path);
		free(edited);
	}
	free(text);
	free(resolved);
	return ret;
}
