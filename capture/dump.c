// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/collector.h"
#include "capture/deadlines.h"
#include "capture/disk_space.h"
#include "capture/dump.h"
#include "capture/dump_directory.h"
#include "capture/kernel_log.h"
#include "capture/report.h"
#include "capture/saved_keys.h"
#include "capture/steps.h"
#include "capture/vmcore.h"
#include "capture/vmcoreinfo.h"
#include "lib/dump_removal.h"
#include "lib/dump_space.h"
#include "lib/dumps.h"
#include "lib/xalloc.h"

#define MIB (1024.0 * 1024)

/*
 * Report the forecast of the space, and keep the reserve away from a dump that
 * could fill the filesystem. The space that ext4 keeps for root is kept away,
 * too, as the capture program is root. Return what disk_space_hold() returns.
 */
static int reserve_space(const struct plan *plan, int64_t memory_bytes,
			 const struct dump_directory *directory)
{
	static const char step[] = "space";
	struct dump_space space;
	struct error error;
	bool has_plenty;
	char *need;
	int held = -1;

	if (dump_space_forecast(&space, directory->parent, plan->host,
				memory_bytes, plan->keep_free, &error)) {
		report(step, "%s", error.reason);
		return -1;
	}
	/* No dump is much larger than the memory. */
	has_plenty = (space.free - space.reserve) / 2 > memory_bytes;
	if (!has_plenty)
		held = disk_space_hold(directory->path,
				       space.reserve + space.only_root);
	/* FAT and exFAT have no such files. */
	need = dump_space_describe(&space);
	report(step, "%.0f MiB free, of which %.0f MiB %s; %s%s",
	       space.free / MIB, space.reserve / MIB,
	       has_plenty || held >= 0 ?
		       "will stay free" :
		       "should stay free, but nothing prevents a dump from using it",
	       need,
	       space.enough ? "" : ": this may not be enough, trying anyway");
	free(need);
	return held;
}

/* A failure is only reported: the dump is worth more than its info.json. */
static void write_info(struct dump_info *info,
		       const struct dump_directory *directory)
{
	struct error error;

	steps_fill(info);
	saved_keys_fill(info);
	if (dump_info_write(info, directory->path, &error))
		report("info", "cannot write %s/%s: %s", directory->shown,
		       DUMP_INFO_FILE, strerror(error.number));
}

static int64_t size_of_memory(void)
{
	struct stat status;

	return stat(CRASHED_MEMORY, &status) ? 0 : status.st_size;
}

static void begin_info(struct dump_info *info, const char *host)
{
	struct vmcoreinfo crashed;

	vmcoreinfo_read(&crashed, CRASHED_MEMORY);
	*info = (struct dump_info) {
		.host = xstrdup(host),
		.version = xstrdup(VERSION),
		.kernel = crashed.release,
		.time = crashed.crash_time ?: time(NULL),
		.memory_bytes = size_of_memory(),
		/* This is true unless info.json is written again. */
		.reason = xstrdup("the capture was interrupted"),
	};
}

/* Removing a large file may take long, and there may be many. */
static void report_removed(const char *name, const char *reason)
{
	step_extend(REMOVAL_SECONDS);
	report("keep", "%s%s", reason ?: name, reason ? "" : " removed");
}

/* Two dumps of the same machine are not of the same size. */
static void make_room(const struct plan *plan, int64_t memory_bytes,
		      const struct dump_directory *directory)
{
	struct dump_space space;

	if (plan->make_room &&
	    !dump_space_forecast(&space, directory->parent, plan->host,
				 memory_bytes, plan->keep_free, NULL))
		dumps_make_room(directory->parent, plan->host, directory->name,
				space.wanted + space.estimate +
					space.estimate / 8,
				report_removed);
}

static void save(struct dump_saved *saved, const struct plan *plan,
		 const struct dump_directory *directory)
{
	struct dump_info info;
	int reserve;

	begin_info(&info, plan->host);
	if (kernel_log_save(&info, directory))
		saved->kernel_log = true;
	write_info(&info, directory);

	step_extend(REMOVAL_SECONDS);
	make_room(plan, info.memory_bytes, directory);
	step_extend(REMOVAL_SECONDS);
	reserve = reserve_space(plan, info.memory_bytes, directory);
	vmcore_save(&info, plan, directory);
	saved->vmcore = info.complete;
	if (reserve >= 0)
		close(reserve);
	write_info(&info, directory);

	/* Remove old dumps only after the new one is complete. */
	if (info.complete && plan->keep)
		dumps_keep(directory->parent, plan->host, plan->keep,
			   directory->name, report_removed);
	dump_info_release(&info);
}

void dump_save(struct dump_saved *saved, const struct plan *plan,
	       const struct plan_target *target, const char *mounted)
{
	struct dump_directory directory;
	struct error error;

	if (dump_directory_make(&directory, target, plan->host, mounted,
				&error)) {
		report("directory", "%s", error.reason);
		return;
	}
	save(saved, plan, &directory);
	dump_directory_release(&directory);
}
