// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/magic.h>
#include <sys/statfs.h>

#include "lib/dump_space.h"
#include "lib/dumps.h"

#define ESTIMATE_PART 16 /* a first vmcore needs 1/16 of the memory */
#define RESERVE_BYTES (32 * 1024 * 1024)
#define RESERVE_PART  16 /* reserve at most 1/16 of the free space */

static int64_t estimate_vmcore(const char *path, const char *host,
			       int64_t memory_bytes)
{
	struct dumps dumps;
	int64_t bytes = 0;
	size_t i;

	if (!dumps_read(&dumps, path, NULL)) {
		for (i = 0; i < dumps.count; i++) {
			const struct dump *dump = &dumps.list[i];

			if (dump_is_complete_of(dump, host) &&
			    dump->info.vmcore_bytes > bytes)
				bytes = dump->info.vmcore_bytes;
		}
		dumps_release(&dumps);
	}
	return bytes ?: memory_bytes / ESTIMATE_PART;
}

int dump_space_forecast(struct dump_space *space, const char *path,
			const char *host, int64_t memory_bytes,
			struct error *error)
{
	struct statfs status;
	int64_t part;

	if (statfs(path, &status))
		return error_set_errno(error, "%s", path);
	space->free = (int64_t)status.f_bavail * status.f_frsize;
	space->only_root = 0;
	/* On other filesystems the difference has other meanings. */
	if (status.f_type == EXT4_SUPER_MAGIC)
		space->only_root = (int64_t)(status.f_bfree - status.f_bavail) *
				   status.f_frsize;
	part = space->free / RESERVE_PART;
	space->reserve = part < RESERVE_BYTES ? part : RESERVE_BYTES;
	space->estimate = estimate_vmcore(path, host, memory_bytes);
	space->enough = space->estimate <= space->free - space->reserve;
	return 0;
}
