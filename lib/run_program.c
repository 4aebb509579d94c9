// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/run_program.h"
#include "lib/xalloc.h"

#define TICK_MS	     1000
#define KILL_SECONDS 5 /* for a killed program to be gone */

struct running {
	const struct program *program;
	pid_t process;
	int end;    /* a pidfd, readable once the program has ended */
	int output; /* a pipe; -1: there is none, or the program closed it */
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static bool is_limited(const struct program *program)
{
	return program->seconds || program->tick;
}

/* Return 0 or an errno, as posix_spawn(3) does. */
static int add_actions(posix_spawn_file_actions_t *actions,
		       const struct program *program, int output)
{
	int ret = 0;

	if (program->directory)
		ret = posix_spawn_file_actions_addchdir_np(actions,
							   program->directory);
	if (!ret && program->input)
		ret = posix_spawn_file_actions_adddup2(actions, program->input,
						       STDIN_FILENO);
	else if (!ret && is_limited(program))
		ret = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
						       "/dev/null", O_RDONLY,
						       0);
	if (!ret && program->log)
		ret = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO,
						       program->log,
						       O_WRONLY | O_CREAT |
							       O_TRUNC,
						       0600);
	if (!ret && program->output)
		ret = posix_spawn_file_actions_adddup2(actions, output,
						       STDOUT_FILENO);
	if (!ret && (program->log || program->output_has_errors))
		ret = posix_spawn_file_actions_adddup2(actions, STDOUT_FILENO,
						       STDERR_FILENO);
	return ret;
}

/* Return 0 or an errno, as posix_spawn(3) does. */
static int spawn(struct running *running, int output)
{
	const struct program *program = running->program;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int ret;

	posix_spawnattr_init(&attributes);
	if (is_limited(program))
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	posix_spawn_file_actions_init(&actions);
	ret = add_actions(&actions, program, output);
	if (!ret)
		ret = posix_spawnp(&running->process, program->arguments[0],
				   &actions, &attributes, program->arguments,
				   program->environment ?: environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return ret;
}

static int start(struct running *running, struct error *error)
{
	const char *name = running->program->arguments[0];
	int ends[2] = { -1, -1 };

	if (running->program->output && pipe2(ends, O_CLOEXEC))
		return error_set_errno(error, "cannot start %s", name);
	errno = spawn(running, ends[1]);
	if (ends[1] >= 0)
		close(ends[1]);
	running->output = ends[0];
	if (!errno)
		return 0;
	error_set_errno(error, "cannot start %s", name);
	if (running->output >= 0)
		close(running->output);
	return -1;
}

static void read_output(struct running *running)
{
	char text[4096];
	ssize_t length = read(running->output, text, sizeof(text));

	if (length > 0) {
		running->program->output(text, length,
					 running->program->context);
	} else if (!length || errno != EINTR) {
		close(running->output);
		running->output = -1;
	}
}

/* Return true if the program has ended and all that it printed was read. */
static bool wait_for_event(struct running *running, double deadline)
{
	struct pollfd ready[] = {
		{ .fd = running->output, .events = POLLIN },
		{ .fd = running->end, .events = POLLIN },
	};
	int timeout = -1;

	/* poll() takes a negative timeout for "no timeout". */
	if (running->program->seconds) {
		double left = deadline - now();

		timeout = left > 0 ? left * 1000 + 1 : 0;
	}
	if (running->program->tick && (timeout < 0 || timeout > TICK_MS))
		timeout = TICK_MS;
	if (poll(ready, 2, timeout) <= 0)
		return false;
	if (ready[0].revents) {
		read_output(running);
		return false;
	}
	return ready[1].revents;
}

/* Return false if the program has to be killed. */
static bool wait_for_end(struct running *running)
{
	const struct program *program = running->program;
	double deadline = now() + program->seconds;

	if (running->end < 0)
		return false;
	while (!wait_for_event(running, deadline)) {
		if (program->seconds && now() >= deadline)
			return false;
		if (program->tick && !program->tick(program->context))
			return false;
	}
	return true;
}

static int kill_all(struct running *running, struct error *error)
{
	struct pollfd end = { .fd = running->end, .events = POLLIN };
	const struct program *program = running->program;
	const char *name = program->arguments[0];

	kill(is_limited(program) ? -running->process : running->process,
	     SIGKILL);
	/* Waiting for a program that is stuck in the kernel might never end. */
	if (running->end >= 0 && poll(&end, 1, KILL_SECONDS * 1000) != 1)
		return error_set(
			error, EBUSY,
			"%s hangs in the kernel: it was killed and does not end",
			name);
	waitpid(running->process, NULL, 0);
	if (program->seconds)
		return error_set(
			error, ETIMEDOUT,
			"%s did not end within %u seconds and was killed", name,
			program->seconds);
	return error_set(error, ETIMEDOUT,
			 "%s did not end in time and was killed", name);
}

int run_program(const struct program *program, struct error *error)
{
	struct running running = { .program = program };
	int status, ret;

	if (start(&running, error))
		return -1;
	running.end = pidfd_open(running.process, 0);
	if (!wait_for_end(&running))
		ret = kill_all(&running, error);
	else if (waitpid(running.process, &status, 0) != running.process)
		ret = error_set_errno(error, "cannot wait for %s",
				      program->arguments[0]);
	else
		ret = WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
					    WEXITSTATUS(status);
	if (running.end >= 0)
		close(running.end);
	if (running.output >= 0)
		close(running.output);
	return ret;
}

struct lines {
	char *text; /* what has come of the current line */
	size_t length;
	void (*visit)(char *line, void *context);
	void *context;
};

static void end_line(struct lines *lines)
{
	lines->text[lines->length] = '\0';
	lines->visit(lines->text, lines->context);
	lines->length = 0;
}

static void split_lines(const char *text, size_t length, void *context)
{
	struct lines *lines = context;
	size_t i;

	lines->text = xrealloc(lines->text, lines->length + length + 1);
	for (i = 0; i < length; i++)
		if (text[i] == '\n')
			end_line(lines);
		else
			lines->text[lines->length++] = text[i];
}

static int run_for_lines(struct program *program, struct lines *lines,
			 struct error *error)
{
	int ret;

	program->output = split_lines;
	program->context = lines;
	ret = run_program(program, error);
	if (lines->length)
		end_line(lines);
	free(lines->text);
	return ret;
}

int run_program_for_each_line(char *const *arguments,
			      void (*visit)(char *line, void *context),
			      void *context, struct error *error)
{
	struct program program = { .arguments = arguments };
	struct lines lines = { .visit = visit, .context = context };

	return run_for_lines(&program, &lines, error);
}

int run_program_for_all_lines(char *const *arguments,
			      void (*visit)(char *line, void *context),
			      void *context, struct error *error)
{
	struct program program = {
		.arguments = arguments,
		.output_has_errors = true,
	};
	struct lines lines = { .visit = visit, .context = context };

	return run_for_lines(&program, &lines, error);
}
