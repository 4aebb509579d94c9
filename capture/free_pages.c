// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "capture/free_pages.h"
#include "capture/report.h"
#include "lib/collector_version.h"
#include "lib/textfile.h"

/* configfs has it, too, but is mounted only if there are saved keys. */
#define SWITCH "/sys/kernel/crash_dm_crypt_keys/free_pages"

void free_pages_leave_out(const struct plan *plan)
{
	struct error error;

	if (!collector_leaves_out_free_pages(plan->core_collector) ||
	    !textfile_write(SWITCH, "yes", &error) || error.number == ENOENT ||
	    error.number == EOPNOTSUPP)
		return;
	report("free pages",
	       "those on the lists of processors will be in the dump: %s",
	       error.reason);
}
