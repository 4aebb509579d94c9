// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

static pid_t start(char *const *arguments, const char *log)
{
	/* There is no udev whose work they could wait for. */
	static char *const environment[] = {
		"MDADM_NO_UDEV=1", "LVM_SUPPRESS_FD_WARNINGS=1", NULL
	};
	posix_spawn_file_actions_t actions;
	pid_t process;
	int ret;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log,
					 O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO,
					 STDERR_FILENO);
	ret = posix_spawn(&process, arguments[0], &actions, NULL, arguments,
			  environment);
	posix_spawn_file_actions_destroy(&actions);
	return ret ? -1 : process;
}

int program_run(char *const *arguments, const char *log, unsigned int seconds)
{
	pid_t process = start(arguments, log);
	struct pollfd end = { .events = POLLIN };
	int status;

	if (process < 0)
		return -1;
	end.fd = pidfd_open(process, 0);
	if (end.fd < 0 || poll(&end, 1, seconds * 1000) != 1)
		kill(process, SIGKILL);
	if (end.fd >= 0)
		close(end.fd);
	if (waitpid(process, &status, 0) != process)
		return -1;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}
