// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/magic.h>
#include <sys/statfs.h>

#include "lib/dump_space.h"
#include "lib/dumps.h"
#include "lib/xalloc.h"

#define MIB	      (1024.0 * 1024)
#define FORECAST_PART 8 /* a first vmcore may need 1/8 of the memory */
#define RESERVE_BYTES (32 * 1024 * 1024)
#define RESERVE_PART  16 /* of the free space */

/* Return 0 if there is none. */
static int64_t largest_vmcore(const char *path, const char *host)
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
	return bytes;
}

static int64_t smaller(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

static void choose_reserve(struct dump_space *space,
			   const struct statfs *status, unsigned int percent)
{
	int64_t part = space->free / RESERVE_PART;
	int64_t least = smaller(part, RESERVE_BYTES);

	space->wanted =
		(int64_t)status->f_blocks * status->f_frsize / 100 * percent;
	if (space->wanted < least)
		space->wanted = least;
	space->reserve = smaller(space->wanted, space->free - part);
	space->least = least;
}

/*
 * The first dump often explains the others, so it may use what should stay free
 * if it does not fit otherwise.
 */
static void make_first_fit(struct dump_space *space)
{
	int64_t left = space->free - space->estimate;

	if (space->is_forecast && left >= space->least)
		space->reserve = smaller(space->reserve, left);
}

int dump_space_forecast(struct dump_space *space, const char *path,
			const char *host, int64_t memory_bytes,
			unsigned int percent, struct error *error)
{
	struct statfs status;

	if (statfs(path, &status))
		return error_set_errno(error, "%s", path);
	space->free = (int64_t)status.f_bavail * status.f_frsize;
	space->only_root = 0;
	/* On other filesystems the difference has other meanings. */
	if (status.f_type == EXT4_SUPER_MAGIC)
		space->only_root = (int64_t)(status.f_bfree - status.f_bavail) *
				   status.f_frsize;
	choose_reserve(space, &status, percent);
	space->estimate = largest_vmcore(path, host);
	space->is_forecast = !space->estimate;
	if (space->is_forecast)
		space->estimate = memory_bytes / FORECAST_PART;
	make_first_fit(space);
	space->enough = space->estimate <= space->free - space->reserve;
	return 0;
}

char *dump_space_describe(const struct dump_space *space)
{
	return xasprintf(
		"a dump may need %.0f MiB (%s)", space->estimate / MIB,
		space->is_forecast ?
			"a forecast, an eighth of the memory, as there is no earlier dump" :
			"as the largest one there");
}
