// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/arm/armed_lock.h"

#define LOCKED_DIRECTORY RUNSTATEDIR "/kdump-crypt"
#define POLLS_PER_SECOND 10
#define QUIET_SECONDS	 2 /* most loads take less */

/* -1: this program does not have the lock. */
static int locked_directory = -1;

/* Return the process that has the lock. Return 0 if the kernel does not say. */
static int find_holder(int directory)
{
	FILE *locks = fopen("/proc/locks", "re");
	unsigned int device_major, device_minor;
	unsigned long long inode;
	char *line = NULL;
	size_t capacity = 0;
	struct stat status;
	int holder = 0, pid;

	if (!locks)
		return 0;
	while (!fstat(directory, &status) &&
	       getline(&line, &capacity, locks) >= 0)
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%llu", &pid,
			   &device_major, &device_minor, &inode) == 4 &&
		    makedev(device_major, device_minor) == status.st_dev &&
		    inode == status.st_ino)
			holder = pid;
	free(line);
	fclose(locks);
	return holder > 0 ? holder : 0;
}

/* Return the first argument of a process. The caller frees it. */
static char *read_verb(int pid)
{
	char *file = xasprintf("/proc/%d/cmdline", pid), *word = NULL;
	FILE *stream = fopen(file, "re");
	size_t capacity = 0;

	free(file);
	if (!stream)
		return NULL;
	if (getdelim(&word, &capacity, '\0', stream) < 0 ||
	    getdelim(&word, &capacity, '\0', stream) < 0) {
		free(word);
		word = NULL;
	}
	fclose(stream);
	return word;
}

/* The caller frees the text. */
static char *describe_holder(int directory)
{
	int pid = find_holder(directory);
	char *verb = pid ? read_verb(pid) : NULL, *text;

	if (verb)
		text = xasprintf("another kdump-crypt (PID %d, %s)", pid, verb);
	else if (pid)
		text = xasprintf("another kdump-crypt (PID %d)", pid);
	else
		text = xstrdup("another kdump-crypt");
	free(verb);
	return text;
}

static void show_holder(int directory, unsigned int seconds,
			void (*progress)(const char *line))
{
	char *holder = describe_holder(directory);
	char *line = xasprintf("Waiting up to %u s for %s to end ...", seconds,
			       holder);

	progress(line);
	free(line);
	free(holder);
}

static int give_up(int directory, unsigned int seconds, struct error *error)
{
	char *holder = describe_holder(directory);

	error_set(
		error, EWOULDBLOCK,
		"%s did not end within %u s: wait until it ends, or stop it, and try again",
		holder, seconds);
	free(holder);
	return -1;
}

static int wait_for_lock(int directory, unsigned int seconds,
			 void (*progress)(const char *line),
			 struct error *error)
{
	unsigned int polls;

	for (polls = 0; flock(directory, LOCK_EX | LOCK_NB); polls++) {
		if (errno != EWOULDBLOCK)
			return error_set_errno(error, "cannot lock %s",
					       LOCKED_DIRECTORY);
		if (polls >= seconds * POLLS_PER_SECOND)
			return give_up(directory, seconds, error);
		if (polls == QUIET_SECONDS * POLLS_PER_SECOND)
			show_holder(directory, seconds, progress);
		usleep(1000000 / POLLS_PER_SECOND);
	}
	return 0;
}

int armed_lock(unsigned int seconds, void (*progress)(const char *line),
	       struct error *error)
{
	int directory;

	if (mkdir(LOCKED_DIRECTORY, 0755) && errno != EEXIST)
		return error_set_make(error, LOCKED_DIRECTORY);
	directory = open(LOCKED_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return error_set_errno(error, "cannot lock %s",
				       LOCKED_DIRECTORY);
	if (wait_for_lock(directory, seconds, progress, error)) {
		close(directory);
		return -1;
	}
	locked_directory = directory;
	return 0;
}

void armed_unlock(void)
{
	if (locked_directory >= 0)
		close(locked_directory);
	locked_directory = -1;
}
