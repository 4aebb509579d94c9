// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/child.h"
#include "lib/xalloc.h"

/*
 * For a child that has answered to be gone: it may have much memory to free, and
 * until then nothing that it has open can be unmounted.
 */
#define REAP_MS 3000

/* As fork(). Set *@end to a pidfd, which exists if the child does. */
static pid_t start_with(unsigned long flags, int *end)
{
	return syscall(SYS_clone, flags | CLONE_PIDFD | SIGCHLD, NULL, end,
		       NULL, 0UL);
}

/*
 * The child is the first process of a PID namespace. When it ends, the kernel
 * kills all others in it.
 */
static pid_t start(int *end)
{
	pid_t process = start_with(CLONE_NEWPID, end);

	return process < 0 ? start_with(0, end) : process;
}

/* That of PID 1 would end the capture. */
static void end_without_memory(void)
{
	_exit(CHILD_NO_MEMORY);
}

static void __attribute__((noreturn)) run(int (*work)(void *context),
					  void *context, int answer)
{
	unsigned char status;

	xalloc_set_handler(end_without_memory);
	status = work(context);
	if (write(answer, &status, 1) != 1)
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

int child_start(struct child *child, int (*work)(void *context), void *context)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	child->process = start(&child->end);
	if (!child->process)
		run(work, context, ends[1]);
	close(ends[1]);
	child->answer = ends[0];
	if (child->process > 0)
		return 0;
	close(child->answer);
	return -1;
}

static void release(struct child *child)
{
	close(child->answer);
	close(child->end);
}

/*
 * Return the exit status of the child, or -1. A child is not gone before all is
 * gone that it has started, which may hang. So do not wait long.
 */
static int reap(struct child *child)
{
	struct pollfd end = { .fd = child->end, .events = POLLIN };
	int status;

	if (poll(&end, 1, REAP_MS) != 1 ||
	    waitpid(child->process, &status, 0) != child->process ||
	    !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

bool child_wait(struct child *child, double seconds, int *status)
{
	struct pollfd ready[] = {
		{ .fd = child->answer, .events = POLLIN },
		{ .fd = child->end, .events = POLLIN },
	};
	unsigned char answer;

	if (poll(ready, 2, seconds * 1000) <= 0)
		return false;
	*status = reap(child);
	if (ready[0].revents & POLLIN && read(child->answer, &answer, 1) == 1)
		*status = answer;
	release(child);
	return true;
}

void child_give_up(struct child *child)
{
	kill(child->process, SIGKILL);
	release(child);
}
