/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child process, for what may get stuck in the kernel. Such a process cannot
 * be killed before the kernel lets it go. So nothing here waits for that: a
 * child that takes too long is left behind.
 */
#ifndef KDUMP_CRYPT_CHILD_H
#define KDUMP_CRYPT_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#define CHILD_NO_MEMORY 1 /* the status of a child without memory */

struct child {
	pid_t process;
	int answer; /* a pipe with its status */
	int end;    /* a pidfd, readable once the child is gone */
};

/*
 * Call @work with @context in a child. Its status is what @work returns: 0 to
 * 255. All that the child starts ends with it. Return 0, or -1 if
 * there is no memory for a child.
 */
int child_start(struct child *child, int (*work)(void *context), void *context);

/*
 * Return true if the child's work has ended, or does so within @seconds. *status
 * is then its status, or -1 if a signal ended it, and the child is released.
 */
bool child_wait(struct child *child, double seconds, int *status);

/* Kill the child. It ends as soon as the kernel lets it. Release it. */
void child_give_up(struct child *child);

#endif /* KDUMP_CRYPT_CHILD_H */
