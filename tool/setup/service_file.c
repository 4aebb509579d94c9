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

static char *add_quoted(char *line, const char *before, const char *text)
{
	char *quoted = quote(text);
	char *longer = xasprintf("%s%s%s", line, before, quoted);

	free(quoted);
	free(line);
	return longer;
}

static char *make_commands(const char *path, const char *config)
{
	/* The colon disables the substitution of variables. */
	static const char *const commands[] = {
		"\n\n[Service]\nExecStartPre=\n"
		"ExecStartPre=-:" SBINDIR "/kdump-crypt list --new",
		"\nExecStart=\nExecStart=:" SBINDIR "/kdump-crypt load",
	};
	char *all = xstrdup("");
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		char *longer = xasprintf("%s%s", all, commands[i]);

		free(all);
		all = longer;
		if (path)
			all = add_quoted(all, " --path ", path);
		if (config)
			all = add_quoted(all, " --config ", config);
	}
	return all;
}

char *service_file_content(const struct text_list *paths, const char *path,
			   const char *config)
{
	char *mounts = xstrdup("RequiresMountsFor=");
	char *command = path || config ? make_commands(path, config) :
					 xstrdup("");
	char *content;
	size_t i;

	for (i = 0; i < paths->count; i++)
		mounts = add_quoted(mounts, i ? " " : "", paths->items[i]);
	content = xasprintf(
		"# Written by kdump-crypt setup; kdump-crypt setup --undo removes it.\n"
		"[Unit]\n"
		"%s%s",
		mounts, command);
	free(mounts);
	free(command);
	return content;
}
