// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared_objects.h"

/* x86-64 psABI, "Program Interpreter" */
#define DYNAMIC_LOADER	"/lib64/ld-linux-x86-64.so.2"

extern char **environ;

static pid_t start_loader(const char *program, int *output)
{
	char *arguments[] = {
		DYNAMIC_LOADER, "--list", (char *)program, NULL
	};
	posix_spawn_file_actions_t actions;
	int ends[2], error;
	pid_t child;

	if (pipe(ends))
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	posix_spawn_file_actions_addclose(&actions, ends[1]);
	error = posix_spawn(&child, DYNAMIC_LOADER, &actions, NULL, arguments,
			    environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		return -1;
	}
	*output = ends[0];
	return child;
}

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

int shared_objects_for_each(const char *program,
			    void (*visit)(const char *file, void *context),
			    void *context)
{
	size_t capacity = 0;
	char *line = NULL;
	FILE *stream;
	int output, status;
	pid_t child;

	child = start_loader(program, &output);
	if (child < 0) {
		warn("cannot start %s", DYNAMIC_LOADER);
		return -1;
	}
	stream = fdopen(output, "r");
	while (stream && getline(&line, &capacity, stream) >= 0) {
		char *path = path_in(line);

		if (path)
			visit(path, context);
	}
	free(line);
	if (stream)
		fclose(stream);
	else
		close(output);

	if (waitpid(child, &status, 0) != child || !stream ||
	    !WIFEXITED(status) || WEXITSTATUS(status)) {
		warnx("cannot find out which libraries %s needs", program);
		return -1;
	}
	return 0;
}
