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

#include "capture/collector.h"
#include "capture/dump.h"
#include "capture/report.h"
#include "capture/saved_keys.h"
#include "capture/steps.h"
#include "capture/unfiltered.h"
#include "capture/vmcoreinfo.h"
#include "capture/watchdog.h"
#include "lib/dump_info.h"
#include "lib/dumps.h"
#include "lib/prefix.h"
#include "lib/xalloc.h"

#define MAKEDUMPFILE  "/usr/bin/makedumpfile"
#define VMCORE	      "/proc/vmcore"
#define OLD_NAMES     "/run/vmcoreinfo"
#define MAX_ARGUMENTS 64
#define LOG_STALL     60 /* seconds without progress until giving up */
#define VMCORE_STALL  300
#define SYNC_SECONDS  600
#define FULL_BYTES    (1024 * 1024) /* less than this free is full */
#define UNFILTERED    "copy"	    /* as the collector, where it was none */
#define MAX_SAME_TIME 100	    /* dumps with the same time in their name */
#define LITTLE_BYTES  (1024 * 1024) /* a vmcore no larger is worth nothing */
#define MIB	      (1024.0 * 1024)

/*
 * The dump in the making. What is printed names the directory as the machine
 * knows it when it is not in its crash kernel.
 */
struct saving {
	const struct plan *plan;
	const struct plan_target *target;
	char *parent;	 /* the dump path, in the crash kernel */
	char *directory; /* parent/name, likewise */
	char *shown;	 /* the same on the running machine */
	char *name;
	struct dump_info info;
};

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

/* The name of the directory that was made, or NULL with errno set. */
static char *make_unique(const char *parent, const char *host)
{
	char stamp[sizeof("0000-00-00-00:00:00")];
	time_t now = time(NULL);
	char *name, *directory;
	unsigned int i;
	int ret;

	strftime(stamp, sizeof(stamp), "%Y-%m-%d-%H:%M:%S", gmtime(&now));
	/* A machine without a clock has many dumps of the same time. */
	for (i = 1; i <= MAX_SAME_TIME; i++) {
		name = i == 1 ? xasprintf("%s-%s", host, stamp) :
				xasprintf("%s-%s.%u", host, stamp, i);
		directory = xasprintf("%s/%s", parent, name);
		ret = mkdir(directory, 0700);
		free(directory);
		if (!ret)
			return name;
		free(name);
		if (errno != EEXIST)
			break;
	}
	return NULL;
}

static int make_directory(struct saving *saving, const char *mounted)
{
	const struct plan_target *target = saving->target;
	bool at_root = !strcmp(target->dump_directory, "/");

	saving->parent = xasprintf("%s%s", mounted,
				   at_root ? "" : target->dump_directory);
	if (!make_directories(saving->parent))
		saving->name = make_unique(saving->parent, saving->plan->host);
	if (!saving->name) {
		report("directory", "cannot make a directory in %s: %s",
		       target->path, strerror(errno));
		return -1;
	}
	saving->directory = xasprintf("%s/%s", saving->parent, saving->name);
	saving->shown = xasprintf("%s/%s",
				  strcmp(target->path, "/") ? target->path : "",
				  saving->name);
	return 0;
}

static int64_t bytes_of(const char *directory, const char *name)
{
	char *file = xasprintf("%s/%s", directory, name);
	struct stat status;
	int64_t bytes = stat(file, &status) ? 0 : status.st_size;

	free(file);
	return bytes;
}

static int sync_path(const char *directory, const char *name)
{
	char *path = xasprintf("%s/%s", directory, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = -1;

	free(path);
	if (fd >= 0) {
		ret = fsync(fd);
		close(fd);
	}
	return ret;
}

/* For everybody, without what only root may fill; -1: not known. */
static int64_t free_bytes(const char *directory, int64_t *only_root)
{
	struct statvfs status;

	if (statvfs(directory, &status))
		return -1;
	if (only_root)
		*only_root = (int64_t)(status.f_bfree - status.f_bavail) *
			     status.f_frsize;
	return (int64_t)status.f_bavail * status.f_frsize;
}

static bool is_full(const char *directory)
{
	int64_t bytes = free_bytes(directory, NULL);

	return bytes >= 0 && bytes < FULL_BYTES;
}

/* Why the program did not do it, for the caller to free. */
static char *explain_failure(const char *directory, int status,
			     const char *words, const struct error *error)
{
	if (is_full(directory))
		return xstrdup("the filesystem is full");
	if (status < 0)
		return xstrdup(error->reason);
	if (status > 128)
		return xasprintf("%s was ended by signal %d%s", MAKEDUMPFILE,
				 status - 128,
				 status == 128 + 9 ? " (out of memory?)" : "");
	return xasprintf("%s failed with status %d%s%s", MAKEDUMPFILE, status,
			 words[0] ? ": " : "", words);
}

static void find_panic(struct saving *saving)
{
	char *file = xasprintf("%s/" DUMP_KERNEL_LOG, saving->directory);
	FILE *log = fopen(file, "re");

	if (log) {
		saving->info.panic = dump_info_find_panic(log);
		fclose(log);
	}
	free(file);
}

int dump_kernel_log(const char *step, const char *directory, unsigned int stall,
		    char words[COLLECTOR_WORDS], struct error *error)
{
	char *arguments[] = { MAKEDUMPFILE, "--dump-dmesg", VMCORE,
			      DUMP_KERNEL_LOG, NULL };

	return collector_run(step, arguments, directory, DUMP_KERNEL_LOG, stall,
			     words, error);
}

/* Without its log a vmcore is still worth saving. */
static bool save_kernel_log(struct saving *saving)
{
	static const char step[] = "kernel log";
	char words[COLLECTOR_WORDS], *reason = NULL;
	struct error error;
	int ret = dump_kernel_log(step, saving->directory, LOG_STALL, words,
				  &error);

	if (ret)
		reason = explain_failure(saving->directory, ret, words, &error);
	saving->info.kernel_log_bytes =
		bytes_of(saving->directory, DUMP_KERNEL_LOG);
	if (reason) {
		report(step, "%s", reason);
		free(reason);
	} else if (sync_path(saving->directory, DUMP_KERNEL_LOG) ||
		   sync_path(saving->directory, ".")) {
		report(step, "cannot write %s/%s: %s", saving->shown,
		       DUMP_KERNEL_LOG, strerror(errno));
		ret = -1;
	} else {
		report(step, "saved %.2f MiB to %s/%s",
		       saving->info.kernel_log_bytes / MIB, saving->shown,
		       DUMP_KERNEL_LOG);
	}
	find_panic(saving);
	return !ret;
}

/* With such an option makedumpfile takes no second file of names. */
static bool names_file(const char *word)
{
	return starts_with(word, "-i") || starts_with(word, "-x");
}

/* The words of @collector but its name, in place, then source and output. */
static int fill_arguments(char **arguments, char *collector,
			  struct error *error)
{
	bool old_names = vmcoreinfo_write_old_names(VMCORE, OLD_NAMES);
	unsigned int count = 0;
	char *state, *word;

	arguments[count++] = MAKEDUMPFILE;
	strtok_r(collector, " \t", &state);
	while ((word = strtok_r(NULL, " \t", &state))) {
		if (names_file(word))
			old_names = false;
		if (count + 5 >= MAX_ARGUMENTS)
			return error_set(error, E2BIG,
					 "core_collector has too many words");
		arguments[count++] = word;
	}
	if (old_names) {
		arguments[count++] = "-i";
		arguments[count++] = OLD_NAMES;
	}
	arguments[count++] = VMCORE;
	arguments[count++] = DUMP_VMCORE_INCOMPLETE;
	arguments[count] = NULL;
	return 0;
}

/* Returns 0, or -1 with errno set. */
static int complete(const char *step, const char *directory)
{
	char *incomplete = xasprintf("%s/" DUMP_VMCORE_INCOMPLETE, directory);
	char *file = xasprintf("%s/" DUMP_VMCORE, directory);
	int ret;

	watchdog_step(step, SYNC_SECONDS);
	ret = sync_path(directory, DUMP_VMCORE_INCOMPLETE);
	if (!ret)
		ret = rename(incomplete, file);
	if (!ret)
		ret = sync_path(directory, ".");
	free(incomplete);
	free(file);
	return ret;
}

/* Returns NULL, or why the collector did not do it, for the caller to free. */
static char *run_collector(const char *step, struct saving *saving)
{
	char *collector = xstrdup(saving->plan->core_collector);
	char *arguments[MAX_ARGUMENTS], *reason = NULL;
	char words[COLLECTOR_WORDS] = "";
	struct error error;
	int ret = fill_arguments(arguments, collector, &error);

	saving->info.collector = xstrdup(saving->plan->core_collector);
	report(step, "running %s", saving->plan->core_collector);
	if (!ret)
		ret = collector_run(step, arguments, saving->directory,
				    DUMP_VMCORE_INCOMPLETE, VMCORE_STALL, words,
				    &error);
	if (ret)
		reason = explain_failure(saving->directory, ret, words, &error);
	free(collector);
	return reason;
}

/*
 * Where the collector cannot make anything of the crashed kernel's memory, that
 * is saved as it is: all of it, or what fits where there is nothing else.
 */
static bool is_worth_copying(const struct saving *saving)
{
	int64_t collected = bytes_of(saving->directory, DUMP_VMCORE_INCOMPLETE);
	int64_t available = free_bytes(saving->directory, NULL);

	return collected < LITTLE_BYTES ||
	       collected + available > saving->info.memory_bytes;
}

static char *copy_unfiltered(const char *step, struct saving *saving)
{
	char *file = xasprintf("%s/" DUMP_VMCORE_INCOMPLETE, saving->directory);
	char *reason = NULL;

	free(saving->info.collector);
	saving->info.collector = xstrdup(UNFILTERED);

	report(step,
	       "copying the memory as it is, neither filtered nor compressed");
	if (unfiltered_copy(step, VMCORE, file, VMCORE_STALL))
		reason = xstrdup(is_full(saving->directory) ?
					 "the filesystem is full" :
					 strerror(errno));
	free(file);
	return reason;
}

/* Returns NULL, or why the vmcore is not there, for the caller to free. */
static char *collect(const char *step, struct saving *saving)
{
	char *reason = run_collector(step, saving), *second;

	if (!reason || is_full(saving->directory) || !is_worth_copying(saving))
		return reason;
	report(step, "%s", reason);
	second = copy_unfiltered(step, saving);
	if (second) {
		char *both = xasprintf("%s; then, copied as it is: %s", reason,
				       second);

		free(reason);
		free(second);
		return both;
	}
	free(reason);
	return NULL;
}

static void report_keys(const char *step, struct dump_info *info)
{
	saved_keys_fill(info);
	if (info->keys == DUMP_KEYS_HIDDEN)
		report(step, "pages hidden, lest they show volume keys: %lld",
		       (long long)info->hidden_pages);
	else if (info->keys == DUMP_KEYS_EXPOSED)
		report(step, "it contains volume keys: treat it like those");
}

/* Returns NULL, or why the vmcore is not complete, for the caller to free. */
static char *save_vmcore(struct saving *saving)
{
	static const char step[] = "vmcore";
	char *reason = collect(step, saving);

	if (!reason && complete(step, saving->directory))
		reason = xasprintf("cannot write it: %s", strerror(errno));
	saving->info.vmcore_bytes =
		bytes_of(saving->directory,
			 reason ? DUMP_VMCORE_INCOMPLETE : DUMP_VMCORE);
	if (reason) {
		report(step, "%s", reason);
		report(step, "not complete: what there is stays in %s/%s",
		       saving->shown, DUMP_VMCORE_INCOMPLETE);
	} else {
		report(step, "saved %.1f MiB to %s/%s",
		       saving->info.vmcore_bytes / MIB, saving->shown,
		       DUMP_VMCORE);
		report_keys(step, &saving->info);
	}
	return reason;
}

/*
 * Keep so many bytes away from the dump, as a file without a name, which goes
 * when it is closed, or with the machine. Returns it, or -1 where there is none.
 */
static int hold_space(const char *directory, int64_t bytes)
{
	int fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	/* Not posix_fallocate(), which would write it all where it has to. */
	if (fd >= 0 && (!bytes || fallocate(fd, 0, 0, bytes))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/*
 * Say how the free space compares with what the dump may take, and keep a part
 * of it, as well as what ext4 keeps for root, from a dump that could fill it.
 * Returns what hold_space() does.
 */
static int reserve_space(const struct saving *saving)
{
	static const char step[] = "space";
	int64_t only_root,
		available = free_bytes(saving->directory, &only_root);
	int64_t estimate = dumps_estimate(saving->parent, saving->plan->host,
					  saving->info.memory_bytes);
	int64_t reserve = dumps_reserve(available);

	if (available < 0)
		return -1;
	report(step,
	       "%.0f MiB free, of which %.0f MiB will stay free; the dump may take %.0f MiB%s",
	       available / MIB, reserve / MIB, estimate / MIB,
	       estimate > available - reserve ?
		       ": that may not be enough, trying all the same" :
		       "");

	/* No dump is much larger than the memory that it is of. */
	if (available / 2 > saving->info.memory_bytes)
		return -1;
	/* Of other filesystems that difference tells something else. */
	if (!starts_with(saving->target->filesystem_type, "ext"))
		only_root = 0;
	return hold_space(saving->directory, reserve + only_root);
}

/* Its failure never costs the dump: so this returns nothing. */
static void write_info(struct saving *saving)
{
	struct error error;

	steps_fill(&saving->info);
	saved_keys_fill(&saving->info);
	if (dump_info_write(&saving->info, saving->directory, &error))
		report("info", "cannot write %s/%s: %s", saving->shown,
		       DUMP_INFO_FILE, strerror(error.number));
}

static void begin_info(struct saving *saving)
{
	struct vmcoreinfo crashed;

	vmcoreinfo_read(&crashed, VMCORE);
	saving->info = (struct dump_info) {
		.host = xstrdup(saving->plan->host),
		.version = xstrdup(VERSION),
		.kernel = crashed.release,
		.time = crashed.crash_time ?: time(NULL),
		.memory_bytes = bytes_of("/proc", "vmcore"),
		/* Until it is known better. */
		.reason = xstrdup("the capture was interrupted"),
	};
}

static void report_removed(const char *name, const char *reason)
{
	report("keep", "%s%s", reason ?: name, reason ? "" : " removed");
}

static void save(struct dump_saved *saved, struct saving *saving)
{
	struct dump_info *info = &saving->info;
	int reserve;

	begin_info(saving);
	if (save_kernel_log(saving))
		saved->kernel_log = true;
	write_info(saving);

	reserve = reserve_space(saving);
	free(info->reason);
	info->reason = save_vmcore(saving);
	info->complete = !info->reason;
	if (reserve >= 0)
		close(reserve);
	write_info(saving);

	saved->vmcore = info->complete;
	/* Only now that there is one more may the oldest go. */
	if (info->complete && saving->plan->keep)
		dumps_keep(saving->parent, saving->plan->host,
			   saving->plan->keep, saving->name, report_removed);
}

void dump_save(struct dump_saved *saved, const struct plan *plan,
	       const struct plan_target *target, const char *mounted)
{
	struct saving saving = { .plan = plan, .target = target };

	if (!make_directory(&saving, mounted))
		save(saved, &saving);
	dump_info_release(&saving.info);
	free(saving.parent);
	free(saving.directory);
	free(saving.shown);
	free(saving.name);
}
