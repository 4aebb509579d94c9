// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/setup/service_file.h"

/* Quote a word as in systemd.syntax(7). The caller frees the result. */
static char *quote(const char *text)
{
	char *quoted = xrealloc(NULL, 2 * strlen(text) + 3);
	char *end = quoted;

	*end++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*end++ = '\\';
		else if (*text == '%')
			*end++ = '%';
		*end++ = *text;
	}
	*end++ = '"';
	*end = '\0';
	return quoted;
}

/*
 * Read the next word that quote() wrote, and move *@text behind it. Return NULL
 * if there is none. The caller frees the result.
 */
static char *unquote(const char **text)
{
	const char *next = *text;
	char *word, *end;

	if (*next++ != '"')
		return NULL;
	word = end = xrealloc(NULL, strlen(next) + 1);
	while (*next && *next != '"') {
		if ((*next == '\\' || *next == '%') && next[1])
			next++;
		*end++ = *next++;
	}
	*end = '\0';
	if (*next == '"') {
		*text = next + 1;
		return word;
	}
	free(word);
	return NULL;
}

static char *add_quoted(char *line, const char *before, const char *text)
{
	char *quoted = quote(text);
	char *longer = xasprintf("%s%s%s", line, before, quoted);

	free(quoted);
	free(line);
	return longer;
}

#define PATH_OPTION   " --path "
#define CONFIG_OPTION " --config "
#define LOAD	      "\nExecStart=:" SBINDIR "/kdump-crypt load"

/* Return the option if it is next in *@text, and move *@text behind it. */
static char *read_option(const char **text, const char *name)
{
	const char *argument = *text + strlen(name);
	char *value;

	if (strncmp(*text, name, strlen(name)) != 0)
		return NULL;
	value = unquote(&argument);
	if (value)
		*text = argument;
	return value;
}

void service_file_recorded_options(const struct changes *recorded, char **path,
				   char **config)
{
	char name[] = SERVICE_DIRECTORY "/" SERVICE_FILE;
	const struct change file = { .kind = CHANGE_FILE, .name = name };
	const struct change *change = changes_find(recorded, &file);
	const char *options = change && change->content ?
				      strstr(change->content, LOAD) :
				      NULL;

	*path = NULL;
	*config = NULL;
	if (!options)
		return;
	options += strlen(LOAD);
	*path = read_option(&options, PATH_OPTION);
	*config = read_option(&options, CONFIG_OPTION);
}

/*
 * list --new needs no options: it finds those of setup, and with --path it would
 * leave out the fallback paths.
 */
static char *make_command(const char *path, const char *config)
{
	/* The colon disables the substitution of variables. */
	char *command = xstrdup("\n\n[Service]\nExecStart=" LOAD), *whole;

	if (path)
		command = add_quoted(command, PATH_OPTION, path);
	if (config)
		command = add_quoted(command, CONFIG_OPTION, config);
	whole = xasprintf("%s --unless-armed", command);
	free(command);
	return whole;
}

char *service_file_content(const struct text_list *paths, const char *path,
			   const char *config)
{
	char *mounts =
		add_quoted(xstrdup(""), "RequiresMountsFor=", paths->items[0]);
	char *command = path || config ? make_command(path, config) :
					 xstrdup("");
	char *content;
	size_t i;

	for (i = 1; i < paths->count; i++)
		mounts = add_quoted(mounts, i == 1 ? "\nWantsMountsFor=" : " ",
				    paths->items[i]);
	content = xasprintf(
		"# Written by kdump-crypt setup; kdump-crypt setup --undo removes it.\n"
		"[Unit]\n"
		"%s%s",
		mounts, command);
	free(mounts);
	free(command);
	return content;
}
