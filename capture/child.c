// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/child.h"

/*
 * The child is the first process of a PID namespace. When it ends, the kernel
 * kills all others in it.
 */
static pid_t start(void)
{
	pid_t process = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL,
				NULL, 0UL);

	return process < 0 ? fork() : process;
}

int child_start(struct child *child, int (*work)(void *context), void *context)
{
	child->process = start();
	if (!child->process)
		_exit(work(context));
	if (child->process < 0)
		return -1;
	child->end = pidfd_open(child->process, 0);
	if (child->end >= 0)
		return 0;
	kill(child->process, SIGKILL);
	return -1;
}

bool child_wait(struct child *child, double seconds, int *status)
{
	struct pollfd end = { .fd = child->end, .events = POLLIN };
	int result;

	if (poll(&end, 1, seconds * 1000) != 1)
		return false;
	*status = -1;
	if (waitpid(child->process, &result, 0) == child->process &&
	    WIFEXITED(result))
		*status = WEXITSTATUS(result);
	close(child->end);
	return true;
}

void child_give_up(struct child *child)
{
	kill(child->process, SIGKILL);
	close(child->end);
}
