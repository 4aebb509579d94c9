// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/host/config_directives.h"
#include "tool/host/config_file.h"

#define BLANKS " \t\r\n"

/* Cut off comment and blanks, in place. Return NULL if nothing is left. */
static char *meaningful_part(char *line)
{
	size_t length;

	line += strspn(line, BLANKS);
	line[strcspn(line, "#")] = '\0';
	length = strlen(line);
	while (length && strchr(BLANKS, line[length - 1]))
		line[--length] = '\0';
	return length ? line : NULL;
}

static int read_file(struct config *config, const char *file,
		     struct error *error)
{
	FILE *stream = fopen(file, "re");
	unsigned int number = 0;
	size_t capacity = 0;
	char *line = NULL;
	int ret = 0;

	if (!stream)
		return error_set_errno(error, "cannot read %s", file);
	while (!ret && getline(&line, &capacity, stream) >= 0) {
		char *name = meaningful_part(line), *value;
		const char *problem;

		number++;
		if (!name)
			continue;
		value = name + strcspn(name, BLANKS);
		if (*value)
			*value++ = '\0';
		value += strspn(value, BLANKS);
		problem = config_set(config, name, value, file, number);
		if (problem)
			ret = error_set(error, EINVAL, "%s:%u: %s %s", file,
					number, name, problem);
	}
	if (!ret && ferror(stream))
		ret = error_set_errno(error, "cannot read %s", file);
	free(line);
	fclose(stream);
	return ret;
}

int config_file_read(struct config *config, const char *file,
		     struct error *error)
{
	if (!file && access(CONFIG_DEFAULT_FILE, F_OK))
		return 0;
	return read_file(config, file ?: CONFIG_DEFAULT_FILE, error);
}

int config_file_dump_paths(struct text_list *paths, const char *path,
			   const char *file, struct error *error)
{
	struct config config;
	size_t i;
	int ret;

	memset(paths, 0, sizeof(*paths));
	config_init(&config);
	ret = config_file_read(&config, file, error);
	if (!ret) {
		text_list_add(paths, path ?: config.path);
		for (i = 0; !path && i < config.fallback_paths.count; i++)
			text_list_add_once(paths,
					   config.fallback_paths.items[i]);
	}
	config_release(&config);
	return ret;
}
