// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config.h"
#include "lib/config_directives.h"
#include "lib/xalloc.h"

#define BLANKS " \t\r\n"

void config_init(struct config *config)
{
	*config = (struct config) {
		.path = xstrdup(CONFIG_DEFAULT_PATH),
		.core_collector = xstrdup(CONFIG_DEFAULT_CORE_COLLECTOR),
		.final_action = ACTION_REBOOT,
		.failure_action = ACTION_REBOOT,
		.hide_keys = true,
	};
}

void config_release(struct config *config)
{
	size_t i;

	free(config->path);
	free(config->core_collector);
	free(config->kdump_pre);
	free(config->kdump_post);
	text_list_release(&config->fallback_paths);
	text_list_release(&config->extra_bins);
	text_list_release(&config->extra_modules);
	for (i = 0; i < CONFIG_DIRECTIVE_COUNT; i++)
		free(config->origins[i].file);
	memset(config, 0, sizeof(*config));
}

static const struct config_directive *find_directive(const char *name)
{
	size_t i;

	for (i = 0; i < CONFIG_DIRECTIVE_COUNT; i++)
		if (!strcmp(name, config_directives[i].name))
			return &config_directives[i];
	return NULL;
}

static const char *set_directive(struct config *config, const char *name,
				 const char *value, const char *file,
				 unsigned int line)
{
	const struct config_directive *directive = find_directive(name);
	struct config_origin *origin;
	const char *problem;

	if (!directive)
		return config_directive_why_unknown(name);
	problem = *value ? directive->set(config, value) : "has no value";
	if (problem)
		return problem;
	origin = &config->origins[directive - config_directives];
	free(origin->file);
	origin->file = xstrdup(file);
	origin->line = line;
	return NULL;
}

void config_for_each(const struct config *config,
		     void (*visit)(const char *name, const char *value,
				   const char *origin, void *context),
		     void *context)
{
	size_t i;

	for (i = 0; i < CONFIG_DIRECTIVE_COUNT; i++) {
		const struct config_origin *from = &config->origins[i];
		char *value = config_directives[i].get(config);
		char *origin = from->file ? xasprintf("%s:%u", from->file,
						      from->line) :
					    xstrdup("default");

		visit(config_directives[i].name, value, origin, context);
		free(origin);
		free(value);
	}
}

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

int config_read(struct config *config, const char *file, struct error *error)
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
		problem = set_directive(config, name, value, file, number);
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
