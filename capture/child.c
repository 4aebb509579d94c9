// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "child.h"
#include "report.h"
#include "watchdog.h"

#define WATCHDOG_MARGIN		60	/* seconds for the kill to take effect */
#define PROGRESS_SECONDS	2	/* between two lines about it */

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

static int wait_for_end(const char *step, pid_t child, const char *output,
			unsigned int stall, const sigset_t *child_signal)
{
	const struct timespec second = { .tv_sec = 1 };
	double last_growth = report_clock(), last_report = last_growth;
	off_t size = 0, now;
	int status;

	watchdog_step(step, stall + WATCHDOG_MARGIN);
	for (;;) {
		if (waitpid(child, &status, WNOHANG) == child)
			return exit_status(status);
		sigtimedwait(child_signal, NULL, &second);

		now = size_of(output);
		if (now != size) {
			size = now;
			last_growth = report_clock();
			watchdog_step(step, stall + WATCHDOG_MARGIN);
		}
		if (report_clock() - last_report >= PROGRESS_SECONDS) {
			last_report = report_clock();
			report(step, "%.1f MiB so far", size / (1024.0 * 1024));
		}
		if (report_clock() - last_growth > stall) {
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

int child_run(const char *step, char *const *arguments, const char *output,
	      unsigned int stall)
{
	static char *const environment[] = { NULL };
	sigset_t child_signal, old;
	pid_t child;
	int ret;

	/* Blocked, so that none is lost between waitpid() and waiting. */
	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_signal, &old);

	ret = posix_spawn(&child, arguments[0], NULL, NULL, arguments,
			  environment);
	if (ret) {
		errno = ret;
		ret = -1;
	} else {
		ret = wait_for_end(step, child, output, stall, &child_signal);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return ret;
}
