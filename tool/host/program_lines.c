// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool/host/program_lines.h"

static pid_t start(char *const *arguments, int *output)
{
	posix_spawn_file_actions_t actions;
	int ends[2], error;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	error = posix_spawnp(&child, arguments[0], &actions, NULL, arguments,
			     environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		errno = error;
		return -1;
	}
	*output = ends[0];
	return child;
}

int program_lines_for_each(char *const *arguments,
			   void (*visit)(char *line, void *context),
			   void *context)
{
	size_t capacity = 0;
	char *line = NULL;
	FILE *stream;
	int output, status;
	pid_t child;

	child = start(arguments, &output);
	if (child < 0) {
		warn("cannot start %s", arguments[0]);
		return -1;
	}
	stream = fdopen(output, "r");
	while (stream && getline(&line, &capacity, stream) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		visit(line, context);
	}
	free(line);
	if (stream)
		fclose(stream);
	else
		close(output);
	if (waitpid(child, &status, 0) != child || !stream ||
	    !WIFEXITED(status) || WEXITSTATUS(status))
		return -1;
	return 0;
}
