// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/program.h"
#include "capture/report.h"

#define MAX_LOG_LINES 24
#define MAX_LOG_LINE  256
#define KILL_SECONDS  5 /* for a killed one to be gone */

static pid_t start(char *const *arguments, const char *log)
{
	/* There is no udev whose work they could wait for. */
	static char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"MDADM_NO_UDEV=1", "LVM_SUPPRESS_FD_WARNINGS=1", NULL
	};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	pid_t process;
	int ret;

	posix_spawnattr_init(&attributes);
	/* A session, and so a group, of its own: killed as a whole. */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log,
					 O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO,
					 STDERR_FILENO);
	ret = posix_spawn(&process, arguments[0], &actions, &attributes,
			  arguments, environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return ret ? -1 : process;
}

static int wait_for_end(pid_t process, unsigned int seconds)
{
	struct pollfd end = {
		.fd = pidfd_open(process, 0),
		.events = POLLIN,
	};
	int status, ended = -1;

	if (end.fd >= 0)
		ended = poll(&end, 1, seconds * 1000);
	if (ended != 1) {
		kill(-process, SIGKILL);
		/* Stuck in the kernel, it would be waited for in vain. */
		if (end.fd >= 0)
			ended = poll(&end, 1, KILL_SECONDS * 1000);
	}
	if (end.fd >= 0)
		close(end.fd);
	if (waitpid(process, &status, ended == 0 ? WNOHANG : 0) != process)
		return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

int program_run(char *const *arguments, const char *log, unsigned int seconds)
{
	pid_t process = start(arguments, log);

	return process < 0 ? -1 : wait_for_end(process, seconds);
}

void program_report_log(const char *step, const char *log)
{
	char line[MAX_LOG_LINE];
	unsigned int lines = 0;
	FILE *file = fopen(log, "re");

	if (!file)
		return;
	for (; fgets(line, sizeof(line), file); lines++) {
		line[strcspn(line, "\n")] = '\0';
		if (lines < MAX_LOG_LINES && line[0])
			report(step, "%s", line);
	}
	if (lines > MAX_LOG_LINES)
		report(step, "... and %u more lines", lines - MAX_LOG_LINES);
	fclose(file);
	unlink(log); /* its memory is needed */
}
