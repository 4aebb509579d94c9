// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/collector.h"
#include "capture/collector_names.h"
#include "capture/deadlines.h"
#include "capture/disk_space.h"
#include "capture/report.h"
#include "capture/saved_keys.h"
#include "capture/steps.h"
#include "capture/unfiltered.h"
#include "capture/vmcore.h"
#include "lib/collector_version.h"
#include "lib/dumps.h"
#include "lib/prefix.h"
#include "lib/xalloc.h"

#define STEP	      "vmcore"
#define NAMES	      "/run/vmcoreinfo"
#define MAX_ARGUMENTS 64
#define LITTLE_BYTES  (1024 * 1024) /* a vmcore of this size is worthless */
#define MIB	      (1024.0 * 1024)

/* makedumpfile takes only one of these options. */
static bool is_names_option(const char *word)
{
	return starts_with(word, "-i") || starts_with(word, "-x");
}

/*
 * Fill @arguments with makedumpfile, the words of @collector without its name,
 * the source and the output. Change @collector in place.
 */
static int fill_arguments(char **arguments, char *collector,
			  const char *version, struct error *error)
{
	bool few_pages = version &&
			 !collector_version_keeps_free_pages(version);
	bool names = collector_names_write(NAMES, CRASHED_MEMORY, version,
					   collector);
	const char *source = collector_source();
	unsigned int count = 0;
	char *state, *word;

	arguments[count++] = MAKEDUMPFILE;
	strtok_r(collector, " \t", &state);
	while ((word = strtok_r(NULL, " \t", &state))) {
		if (is_names_option(word))
			names = false;
		if (count + 6 >= MAX_ARGUMENTS)
			return error_set(error, E2BIG,
					 "core_collector has too many words");
		arguments[count++] = word;
	}
	if (names) {
		arguments[count++] = "-i";
		arguments[count++] = NAMES;
	}
	few_pages |= names;
	/*
	 * All pages of a part of /proc/vmcore that is mapped are searched for
	 * keys. Reading page by page searches those of the dump only. But if
	 * that has all free memory, too, it takes longer.
	 */
	if (few_pages && saved_keys_are_hidden() &&
	    !strcmp(source, CRASHED_MEMORY))
		arguments[count++] = "--non-mmap";
	arguments[count++] = (char *)source;
	arguments[count++] = DUMP_VMCORE_INCOMPLETE;
	arguments[count] = NULL;
	return 0;
}

static int run_collector(struct dump_info *info, const struct plan *plan,
			 const struct dump_directory *directory,
			 struct error *error)
{
	char *words = xstrdup(plan->core_collector);
	char *arguments[MAX_ARGUMENTS];
	int ret = fill_arguments(arguments, words, plan->collector_version,
				 error);

	info->collector = xstrdup(plan->core_collector);
	report(STEP, "running %s", plan->core_collector);
	if (!ret)
		ret = collector_run(STEP, arguments, directory->path,
				    DUMP_VMCORE_INCOMPLETE,
				    VMCORE_STALL_SECONDS, error);
	free(words);
	return ret;
}

/*
 * Return true if an unfiltered copy is better than what the collector wrote
 * before it failed: if that is next to nothing, or if all memory fits.
 */
static bool is_worth_copying(const struct dump_info *info,
			     const struct dump_directory *directory)
{
	int64_t collected =
		dump_directory_size_of(directory, DUMP_VMCORE_INCOMPLETE);

	return collected < LITTLE_BYTES ||
	       collected + disk_space_free(directory->path) >
		       info->memory_bytes;
}

static int copy_unfiltered(struct dump_info *info,
			   const struct dump_directory *directory,
			   struct error *error)
{
	char *file = xasprintf("%s/" DUMP_VMCORE_INCOMPLETE, directory->path);
	long long unreadable = 0;
	int ret;

	free(info->collector);
	info->collector = xstrdup(DUMP_UNFILTERED);
	report(STEP,
	       "copying the memory as it is, neither filtered nor compressed: it contains the memory of all programs");
	ret = unfiltered_copy(STEP, CRASHED_MEMORY, file, VMCORE_STALL_SECONDS,
			      &unreadable, error);
	if (ret)
		disk_space_explain(directory->path, error);
	if (unreadable)
		report(STEP,
		       "%lld bytes could not be read: they are zeros in the vmcore",
		       unreadable);
	free(file);
	return ret;
}

static int collect(struct dump_info *info, const struct plan *plan,
		   const struct dump_directory *directory, struct error *error)
{
	struct error first;

	if (!run_collector(info, plan, directory, error))
		return 0;
	/* If the program hangs, so does the filesystem. */
	if (error->number == ENOSPC || error->number == EBUSY ||
	    !is_worth_copying(info, directory))
		return -1;
	report(STEP, "%s", error->reason);
	first = *error;
	if (!copy_unfiltered(info, directory, error))
		return 0;
	return error_prefix(error, "%s; then, copied as it is", first.reason);
}

static int collect_and_sync(struct dump_info *info, const struct plan *plan,
			    const struct dump_directory *directory,
			    struct error *error)
{
	if (collect(info, plan, directory, error))
		return -1;
	step_begin(STEP, SYNC_SECONDS);
	return dump_directory_sync(directory, DUMP_VMCORE_INCOMPLETE,
				   DUMP_VMCORE, error);
}

static void report_keys(struct dump_info *info)
{
	saved_keys_fill(info);
	if (info->unreadable_pages)
		report(STEP,
		       "pages that could not be read, and are zeros: %lld",
		       (long long)info->unreadable_pages);
	if (info->keys == DUMP_KEYS_HIDDEN && info->hidden_pages == 1)
		report(STEP, "hid 1 page that contains a volume key");
	else if (info->keys == DUMP_KEYS_HIDDEN)
		report(STEP, "hid %lld pages that contain volume keys",
		       (long long)info->hidden_pages);
	else if (info->keys == DUMP_KEYS_EXPOSED)
		report(STEP,
		       "it contains volume keys: protect it as you protect them");
}

void vmcore_save(struct dump_info *info, const struct plan *plan,
		 const struct dump_directory *directory)
{
	struct error error;

	step_begin(STEP, VMCORE_STALL_SECONDS + KILL_MARGIN_SECONDS);
	free(info->reason);
	info->reason = NULL;
	info->complete = !collect_and_sync(info, plan, directory, &error);
	info->vmcore_bytes =
		dump_directory_size_of(directory,
				       info->complete ? DUMP_VMCORE :
							DUMP_VMCORE_INCOMPLETE);
	if (info->complete) {
		report(STEP, "saved %.1f MiB to %s/%s",
		       info->vmcore_bytes / MIB, directory->shown, DUMP_VMCORE);
		report_keys(info);
	} else {
		info->reason = xstrdup(error.reason);
		report(STEP, "%s", error.reason);
		report(STEP,
		       "the vmcore is not complete: the part that was saved is in %s/%s",
		       directory->shown, DUMP_VMCORE_INCOMPLETE);
	}
}
