// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <string.h>

#include "tool/host/program_lines.h"
#include "tool/image/shared_objects.h"

/* x86-64 psABI, "Program Interpreter" */
#define DYNAMIC_LOADER "/lib64/ld-linux-x86-64.so.2"

struct files {
	void (*visit)(const char *file, void *context);
	void *context;
};

/*
 * A line is "name => path (address)", or "path (address)" for the loader, or
 * a name without any path for what the kernel maps itself.
 */
static char *path_in(char *line)
{
	char *arrow = strstr(line, "=> ");
	char *path = arrow ? arrow + 3 : line + strspn(line, "\t ");
	char *end = strstr(path, " (");

	if (path[0] != '/' || !end)
		return NULL;
	*end = '\0';
	return path;
}

static void visit_line(char *line, void *context)
{
	const struct files *files = context;
	char *path = path_in(line);

	if (path)
		files->visit(path, files->context);
}

int shared_objects_for_each(const char *program,
			    void (*visit)(const char *file, void *context),
			    void *context)
{
	char *arguments[] = { DYNAMIC_LOADER, "--list", (char *)program, NULL };
	struct files files = { visit, context };

	if (!program_lines_for_each(arguments, visit_line, &files))
		return 0;
	warnx("cannot find out which libraries %s needs", program);
	return -1;
}
