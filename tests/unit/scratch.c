// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/scratch.h"

char scratch[] = "/tmp/kdump-crypt-unit.XXXXXX";

int scratch_make(void **state)
{
	strcpy(strrchr(scratch, '.'), ".XXXXXX");
	return !mkdtemp(scratch) || chdir(scratch);
}

static int remove_entry(const char *path, const struct stat *status, int type,
			struct FTW *position)
{
	return remove(path);
}

int scratch_remove(void **state)
{
	return chdir("/") ||
	       nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void make_directory(const char *path)
{
	char *parent = strdup(path), *slash = parent;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		assert_true(!mkdir(parent, 0755) || errno == EEXIST);
		*slash = '/';
	}
	assert_true(!mkdir(parent, 0755) || errno == EEXIST);
	free(parent);
}

static void make_parent(const char *path)
{
	char *parent = strdup(path), *slash = strrchr(parent, '/');

	if (slash) {
		*slash = '\0';
		make_directory(parent);
	}
	free(parent);
}

void make_file(const char *path, const void *data, size_t size)
{
	FILE *stream;

	make_parent(path);
	stream = fopen(path, "w");
	assert_non_null(stream);
	assert_int_equal(fwrite(data, 1, size, stream), size);
	assert_int_equal(fclose(stream), 0);
}

void make_text(const char *path, const char *text)
{
	make_file(path, text, strlen(text));
}

void make_link(const char *path, const char *destination)
{
	make_parent(path);
	assert_return_code(symlink(destination, path), errno);
}

bool is_there(const char *path)
{
	struct stat status;

	return !lstat(path, &status);
}

char *format(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	assert_true(vasprintf(&text, format, arguments) >= 0);
	va_end(arguments);
	return text;
}
