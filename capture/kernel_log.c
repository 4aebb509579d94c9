// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "capture/collector.h"
#include "capture/collector_names.h"
#include "capture/deadlines.h"
#include "capture/kernel_log.h"
#include "capture/report.h"
#include "lib/dumps.h"
#include "lib/xalloc.h"

#define STEP  "kernel log"
#define NAMES "/run/vmcoreinfo-for-log"
#define MIB   (1024.0 * 1024)

int kernel_log_write(const char *step, const char *directory,
		     struct error *error)
{
	char *source = (char *)collector_source();
	char *plain[] = { MAKEDUMPFILE, "--dump-dmesg", source, DUMP_KERNEL_LOG,
			  NULL };
	char *with_names[] = { MAKEDUMPFILE, "-i",
			       NAMES,	     "--dump-dmesg",
			       source,	     DUMP_KERNEL_LOG,
			       NULL };
	char **arguments =
		collector_names_write_for_log(NAMES, CRASHED_MEMORY) ?
			with_names :
			plain;

	return collector_run(step, arguments, directory, DUMP_KERNEL_LOG,
			     LOG_STALL_SECONDS, error);
}

static char *find_panic(const struct dump_directory *directory)
{
	char *file = xasprintf("%s/" DUMP_KERNEL_LOG, directory->path);
	FILE *log = fopen(file, "re");
	char *panic = NULL;

	if (log) {
		panic = dump_info_find_panic(log);
		fclose(log);
	}
	free(file);
	return panic;
}

bool kernel_log_save(struct dump_info *info,
		     const struct dump_directory *directory)
{
	struct error error;
	int ret = kernel_log_write(STEP, directory->path, &error);

	if (!ret)
		ret = dump_directory_sync(directory, DUMP_KERNEL_LOG, NULL,
					  &error);
	info->kernel_log_bytes =
		dump_directory_size_of(directory, DUMP_KERNEL_LOG);
	info->panic = find_panic(directory);
	if (ret)
		report(STEP, "%s", error.reason);
	else
		report(STEP, "saved %.2f MiB to %s/%s",
		       info->kernel_log_bytes / MIB, directory->shown,
		       DUMP_KERNEL_LOG);
	return !ret;
}
