// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/deadlines.h"
#include "capture/logged_program.h"
#include "capture/raid.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"

#define MDADM	   "/usr/sbin/mdadm"
#define ARRAY_LIST "/run/mdadm.conf"

char *raid_device(size_t index)
{
	return xasprintf("/dev/md%zu", index);
}

static char *attribute(size_t index, const char *name)
{
	return xasprintf("/sys/block/md%zu/md/%s", index, name);
}

int raid_stop(size_t index, struct error *error)
{
	char *device = raid_device(index);
	char *arguments[] = { MDADM, "--stop", device, NULL };
	int ret = logged_program_run(arguments, "/dev/null", STORAGE_SECONDS,
				     error);

	if (ret > 0)
		error_set(error, 0, "mdadm failed with status %d", ret);
	if (ret)
		error_prefix(error, "cannot stop %s", device);
	free(device);
	return ret ? -1 : 0;
}

/* Synchronizing the array's disks would only slow down the dump. */
static void freeze_resync(size_t index)
{
	char *file = attribute(index, "sync_action");

	textfile_write(file, "frozen", NULL);
	free(file);
}

/* mdadm's exit status does not show whether the array was started. */
static bool is_started(size_t index)
{
	char *file = attribute(index, "array_state");
	char *state = textfile_read(file, NULL);
	bool started = state && strcmp(state, "inactive") &&
		       strcmp(state, "clear");

	free(state);
	free(file);
	return started;
}

unsigned int raid_missing_disks(size_t index)
{
	char *file = attribute(index, "degraded");
	long long missing = textfile_read_number(file, NULL);

	free(file);
	return missing > 0 ? missing : 0;
}

void raid_allow_dirty_degraded(void)
{
	textfile_write("/sys/module/md_mod/parameters/start_dirty_degraded",
		       "1", NULL);
}

/* mdadm waits for all disks of an array only if a list names the array. */
static int write_list(const char *device, const char *uuid, struct error *error)
{
	FILE *stream = fopen(ARRAY_LIST, "we");

	if (!stream)
		return error_set_errno(error, "cannot write " ARRAY_LIST);
	fprintf(stream, "DEVICE partitions\nARRAY %s UUID=%s\n", device, uuid);
	if (fclose(stream))
		return error_set_errno(error, "cannot write " ARRAY_LIST);
	return 0;
}

static int assemble(size_t index, const char *device, bool degraded,
		    const char *log, struct error *error)
{
	char *arguments[] = { MDADM,
			      "--assemble",
			      "--scan",
			      "--config=" ARRAY_LIST,
			      degraded ? "--run" : "--no-degraded",
			      NULL };

	logged_program_run(arguments, log, STORAGE_SECONDS, NULL);
	if (is_started(index)) {
		freeze_resync(index);
		return 0;
	}
	/* An array that is assembled and not started prevents a retry. */
	if (!access(device, F_OK) && raid_stop(index, error))
		return -1;
	return error_set(error, EAGAIN, "cannot start %s", device);
}

int raid_assemble(size_t index, const char *uuid, bool degraded,
		  const char *log, struct error *error)
{
	char *device = raid_device(index);
	int ret = write_list(device, uuid, error);

	if (!ret)
		ret = assemble(index, device, degraded, log, error);
	free(device);
	return ret;
}
