// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "../lib/xalloc.h"
#include "child.h"
#include "dump.h"
#include "report.h"
#include "watchdog.h"

#define COLLECTOR	"/usr/bin/makedumpfile"
#define VMCORE		"/proc/vmcore"
#define MAX_ARGUMENTS	64
#define LOG_STALL	60	/* seconds without progress until giving up */
#define VMCORE_STALL	300
#define SYNC_SECONDS	600
#define FULL_BYTES	(1024 * 1024)	/* less than this free is full */
#define MAX_SAME_TIME	100	/* dumps with the same time in their name */

static int make_directories(const char *path)
{
	char *copy = xstrdup(path), *slash = copy;
	int ret = 0;

	do {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		ret = mkdir(copy, 0755);
		if (slash)
			*slash = '/';
	} while (slash && (!ret || errno == EEXIST));

	free(copy);
	return ret && errno != EEXIST ? -1 : 0;
}

char *dump_make_directory(const char *parent, const char *host)
{
	char stamp[sizeof("0000-00-00-00:00:00")];
	time_t now = time(NULL);
	char *directory;
	unsigned int i;
	int ret;

	strftime(stamp, sizeof(stamp), "%Y-%m-%d-%H:%M:%S", gmtime(&now));
	if (make_directories(parent)) {
		report("directory", "cannot make %s: %s", parent,
		       strerror(errno));
		return NULL;
	}
	/* A machine without a clock has many dumps of the same time. */
	directory = xasprintf("%s/%s-%s", parent, host, stamp);
	ret = mkdir(directory, 0700);
	for (i = 2; ret && errno == EEXIST && i <= MAX_SAME_TIME; i++) {
		free(directory);
		directory = xasprintf("%s/%s-%s.%u", parent, host, stamp, i);
		ret = mkdir(directory, 0700);
	}
	if (ret) {
		report("directory", "cannot make %s: %s", directory,
		       strerror(errno));
		free(directory);
		return NULL;
	}
	return directory;
}

static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -1;
	ret = fsync(fd);
	close(fd);
	return ret;
}

static bool is_full(const char *directory)
{
	struct statvfs status;

	return !statvfs(directory, &status) &&
	       (unsigned long long)status.f_bavail * status.f_frsize <
	       FULL_BYTES;
}

static void report_failure(const char *step, const char *directory,
			   int status)
{
	if (is_full(directory))
		report(step, "the filesystem is full");
	else if (status < 0)
		report(step, "%s: %s", COLLECTOR, errno == ETIMEDOUT ?
		       "killed as it made no progress" : strerror(errno));
	else if (status > 128)
		report(step, "%s was ended by signal %d%s", COLLECTOR,
		       status - 128,
		       status == 128 + 9 ? " (out of memory?)" : "");
	else
		report(step, "%s failed with status %d", COLLECTOR, status);
}

static double mebibytes(const char *file)
{
	struct stat status;

	return stat(file, &status) ? 0 : status.st_size / (1024.0 * 1024);
}

int dump_save_kernel_log(const char *directory)
{
	static const char step[] = "kernel log";
	char *file = xasprintf("%s/vmcore-dmesg.txt", directory);
	char *arguments[] = {
		COLLECTOR, "--dump-dmesg", VMCORE, file, NULL
	};
	int ret = child_run(step, arguments, file, LOG_STALL);

	if (ret) {
		report_failure(step, directory, ret);
		ret = -1;
	} else if (sync_file(file) || sync_file(directory)) {
		report(step, "cannot write %s: %s", file, strerror(errno));
		ret = -1;
	} else {
		report(step, "saved %.2f MiB to %s", mebibytes(file), file);
	}
	free(file);
	return ret;
}

/* The words of @collector but its name, in place, then source and output. */
static int fill_arguments(char **arguments, char *collector, char *output)
{
	unsigned int count = 0;
	char *state, *word;

	arguments[count++] = COLLECTOR;
	strtok_r(collector, " \t", &state);
	while ((word = strtok_r(NULL, " \t", &state))) {
		if (count + 3 >= MAX_ARGUMENTS) {
			errno = E2BIG;
			return -1;
		}
		arguments[count++] = word;
	}
	arguments[count++] = VMCORE;
	arguments[count++] = output;
	arguments[count] = NULL;
	return 0;
}

static int complete(const char *step, const char *directory,
		    const char *incomplete, const char *file)
{
	watchdog_step(step, SYNC_SECONDS);
	if (sync_file(incomplete) || rename(incomplete, file) ||
	    sync_file(directory)) {
		report(step, "cannot write %s: %s", file, strerror(errno));
		return -1;
	}
	report(step, "saved %.1f MiB to %s", mebibytes(file), file);
	return 0;
}

int dump_save_vmcore(const struct plan *plan, const char *directory)
{
	static const char step[] = "vmcore";
	char *incomplete = xasprintf("%s/vmcore-incomplete", directory);
	char *file = xasprintf("%s/vmcore", directory);
	char *collector = xstrdup(plan->core_collector);
	char *arguments[MAX_ARGUMENTS];
	int ret = fill_arguments(arguments, collector, incomplete);

	report(step, "running %s", plan->core_collector);
	if (!ret)
		ret = child_run(step, arguments, incomplete, VMCORE_STALL);
	if (ret) {
		report_failure(step, directory, ret);
		report(step, "not complete: what there is stays in %s",
		       incomplete);
		ret = -1;
	} else {
		ret = complete(step, directory, incomplete, file);
	}
	free(collector);
	free(incomplete);
	free(file);
	return ret;
}
