// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/child.h"
#include "capture/progress.h"
#include "capture/report.h"
#include "capture/watchdog.h"
#include "lib/prefix.h"
#include "lib/xalloc.h"

#define WATCHDOG_MARGIN	 60 /* seconds for the kill to take effect */
#define PROGRESS_SECONDS 2  /* between two lines about it */
#define LOOK_AGAIN_MS	 1000
#define ENDING_MS	 20		 /* from its output's end to its own */
#define LAST_LINE	 "makedumpfile " /* "Failed.", "Completed." */

struct child {
	pid_t process;
	int output; /* what it prints; -1: it has closed that */
	struct progress progress;
	char line[CHILD_WORDS]; /* the one that is being read */
	size_t length;
	char *words;
};

static off_t size_of(const char *file)
{
	struct stat status;

	return stat(file, &status) ? 0 : status.st_size;
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

static void end_line(struct child *child)
{
	child->line[child->length] = '\0';
	child->length = 0;
	if (!child->line[0] ||
	    progress_parse(&child->progress, child->line, report_clock()))
		return;
	/* Its very last line tells nothing that its status does not. */
	if (!starts_with(child->line, LAST_LINE))
		strcpy(child->words, child->line);
}

static void read_output(struct child *child)
{
	char text[512];
	ssize_t length = read(child->output, text, sizeof(text)), i;

	if (length <= 0) {
		close(child->output);
		child->output = -1;
		length = 0;
	}
	for (i = 0; i < length; i++) {
		if (text[i] == '\r' || text[i] == '\n')
			end_line(child);
		else if (child->length < sizeof(child->line) - 1)
			child->line[child->length++] = text[i];
	}
	if (child->output < 0) {
		end_line(child);
		return;
	}
	/* A line about progress is ended only as the next one begins. */
	child->line[child->length] = '\0';
	progress_parse(&child->progress, child->line, report_clock());
}

/* Until it prints, or has closed its output, as it does when it ends. */
static bool wait_for_output(struct child *child)
{
	struct pollfd ready = { .fd = child->output, .events = POLLIN };

	if (poll(&ready, 1, child->output < 0 ? ENDING_MS : LOOK_AGAIN_MS) <= 0)
		return false;
	read_output(child);
	return true;
}

static void report_progress(const char *step, struct child *child, off_t size)
{
	char line[128];

	if (report_clock() - child->progress.last_time < PROGRESS_SECONDS)
		return;
	progress_format(&child->progress, size, report_clock(), line,
			sizeof(line));
	report(step, "%s", line);
}

static int wait_for_end(const char *step, struct child *child, const char *file,
			unsigned int stall)
{
	double last_growth = report_clock();
	off_t size = 0, now;
	bool said;
	int status;

	watchdog_step(step, stall + WATCHDOG_MARGIN);
	for (;;) {
		if (waitpid(child->process, &status, WNOHANG) ==
		    child->process) {
			/* What it said last may still be in the pipe. */
			while (wait_for_output(child))
				;
			return exit_status(status);
		}
		said = wait_for_output(child);
		now = size_of(file);
		if (said || now != size) {
			size = now;
			last_growth = report_clock();
			watchdog_step(step, stall + WATCHDOG_MARGIN);
		}
		report_progress(step, child, size);
		if (report_clock() - last_growth > stall) {
			kill(child->process, SIGKILL);
			waitpid(child->process, &status, 0);
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

/* Returns 0 or an errno. */
static int start(struct child *child, char *const *arguments,
		 const char *directory)
{
	static char *const environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], ret;

	if (pipe2(ends, O_CLOEXEC))
		return errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, directory);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	ret = posix_spawn(&child->process, arguments[0], &actions, NULL,
			  arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (ret)
		close(ends[0]);
	else
		child->output = ends[0];
	return ret;
}

int child_run(const char *step, char *const *arguments, const char *directory,
	      const char *output, unsigned int stall, char words[CHILD_WORDS])
{
	char *file = xasprintf("%s/%s", directory, output);
	struct child child = { .output = -1, .words = words };
	int ret, error;

	words[0] = '\0';
	progress_init(&child.progress, report_clock());
	error = start(&child, arguments, directory);
	if (error) {
		errno = error;
		ret = -1;
	} else {
		ret = wait_for_end(step, &child, file, stall);
	}
	error = errno;
	if (child.output >= 0)
		close(child.output);
	free(file);
	errno = error;
	return ret;
}
