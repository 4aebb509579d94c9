// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/host/config_directives.h"
#include "tool/host/config_file.h"

#define BLANKS " \t\r\n"

/* A comment begins at the beginning of the line or after a blank. */
static void cut_comment(char *line)
{
	char *sign = line;

	while ((sign = strchr(sign, '#'))) {
		if (sign == line || strchr(BLANKS, sign[-1])) {
			*sign = '\0';
			return;
		}
		sign++;
	}
}

/* Cut off comment and blanks, in place. Return NULL if nothing is left. */
static char *meaningful_part(char *line)
{
	size_t length;

	cut_comment(line);
	line += strspn(line, BLANKS);
	length = strlen(line);
	while (length && strchr(BLANKS, line[length - 1]))
		line[--length] = '\0';
	return length ? line : NULL;
}

/* @line is the @number th of @file, and has no comment. */
static int read_directive(struct config *config, char *line, const char *file,
			  unsigned int number, struct text_list *warnings,
			  struct error *error)
{
	char *name = line, *value = name + strcspn(name, BLANKS), *foreign;
	const char *problem;

	if (*value)
		*value++ = '\0';
	value += strspn(value, BLANKS);
	foreign = config_foreign(name, value);
	if (foreign) {
		if (warnings)
			text_list_addf(warnings, "%s:%u: %s", file, number,
				       foreign);
		free(foreign);
		return 0;
	}
	problem = config_set(config, name, value, file, number);
	if (problem)
		return error_set(error, EINVAL, "%s:%u: %s %s", file, number,
				 name, problem);
	return 0;
}

static int read_file(struct config *config, const char *file,
		     struct text_list *warnings, struct error *error)
{
	FILE *stream = fopen(file, "re");
	unsigned int number = 0;
	size_t capacity = 0;
	char *line = NULL;
	int ret = 0;

	if (!stream)
		return error_set_errno(error, "cannot read %s", file);
	while (!ret && getline(&line, &capacity, stream) >= 0) {
		char *directive = meaningful_part(line);

		number++;
		if (directive)
			ret = read_directive(config, directive, file, number,
					     warnings, error);
	}
	if (!ret && ferror(stream))
		ret = error_set_errno(error, "cannot read %s", file);
	free(line);
	fclose(stream);
	return ret;
}

int config_file_read(struct config *config, const char *file,
		     struct text_list *warnings, struct error *error)
{
	if (!file && access(CONFIG_DEFAULT_FILE, F_OK))
		return 0;
	return read_file(config, file ?: CONFIG_DEFAULT_FILE, warnings, error);
}

int config_file_dump_paths(struct text_list *paths, const char *only,
			   const char *path, const char *file,
			   struct error *error)
{
	struct config config;
	size_t i;
	int ret;

	memset(paths, 0, sizeof(*paths));
	config_init(&config);
	ret = config_file_read(&config, file, NULL, error);
	if (!ret) {
		text_list_add(paths, only ?: path ?: config.path);
		for (i = 0; !only && i < config.fallback_paths.count; i++)
			text_list_add_once(paths,
					   config.fallback_paths.items[i]);
	}
	config_release(&config);
	return ret;
}
