// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/console.h"
#include "capture/deadlines.h"
#include "capture/logged_program.h"
#include "capture/report.h"
#include "capture/shell.h"
#include "capture/watchdog.h"

#define BUSYBOX "/bin/busybox"
#define SHELL	"/bin/sh" /* a link to it */
#define STEP	"shell"

static void become_shell(void)
{
	static char *const arguments[] = { "sh", NULL };
	static char *const environment[] = {
		"PATH=/sbin:/usr/sbin:/bin:/usr/bin", "TERM=linux", "HOME=/",
		NULL
	};
	const char *terminal = console_terminal();
	int fd;

	setsid();
	/* The session's first terminal becomes its controlling terminal. */
	fd = open(terminal, O_RDWR);
	if (fd < 0)
		_exit(1);
	dup2(fd, STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	execve(SHELL, arguments, environment);
	_exit(1);
}

void shell_run(void)
{
	char *arguments[] = { BUSYBOX, "--install", "-s", "/bin", NULL };
	pid_t shell;

	watchdog_stop();
	logged_program_run(arguments, "/dev/null", BUSYBOX_SECONDS, NULL);
	report(STEP, "a shell on %s: the machine restarts when it ends",
	       console_terminal());
	shell = fork();
	if (!shell)
		become_shell();
	if (shell < 0 || waitpid(shell, NULL, 0) != shell)
		report(STEP, "cannot start %s: %s", SHELL, strerror(errno));
}
