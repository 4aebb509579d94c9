// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/deadlines.h"
#include "capture/logged_program.h"
#include "capture/logical_volume.h"
#include "lib/lvm_id.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"

#define LVM    "/usr/sbin/lvm"
#define PREFIX "LVM-"
#define UUIDS  "/sys/block/dm-*/dm/uuid"

/*
 * Another disk may have a volume group of the same name, so select by UUID: the
 * device-mapper UUID is "LVM-", the ID of the group, and that of the volume.
 */
static int run_lvchange(char *option, const char *planned, const char *log)
{
	const char *uuid = strstr(planned, " " PREFIX);
	char group[LVM_ID_SIZE], volume[LVM_ID_SIZE], *selection;
	char *arguments[] = { LVM,	  "lvchange",
			      "--yes",	  "--activate",
			      option,	  "--ignoreactivationskip",
			      "--select", NULL,
			      NULL };
	int ret;

	if (!uuid || strlen(uuid) < strlen(" " PREFIX) + 2 * LVM_ID_LENGTH)
		return -1;
	uuid += strlen(" " PREFIX);
	lvm_id_format(group, uuid);
	lvm_id_format(volume, uuid + LVM_ID_LENGTH);
	selection = xasprintf("vg_uuid=%s && lv_uuid=%s", group, volume);
	arguments[7] = selection;
	ret = logged_program_run(arguments, log, STORAGE_SECONDS, NULL);
	free(selection);
	return ret;
}

int logical_volume_activate(const char *planned, const char *log)
{
	char *device;

	if (run_lvchange("y", planned, log))
		return -1;
	/* If the selection finds nothing, lvchange does not fail. */
	device = logical_volume_device(strchr(planned, ' ') + 1);
	free(device);
	return device ? 0 : -1;
}

int logical_volume_deactivate(const char *planned, struct error *error)
{
	if (run_lvchange("n", planned, "/dev/null"))
		return error_set(error, 0, "cannot deactivate %.*s",
				 (int)strcspn(planned, " "), planned);
	return 0;
}

char *logical_volume_device(const char *dm_uuid)
{
	char *device = NULL;
	glob_t found;
	size_t i;

	if (glob(UUIDS, 0, NULL, &found))
		return NULL;
	for (i = 0; i < found.gl_pathc && !device; i++) {
		char *uuid = textfile_read(found.gl_pathv[i], NULL);

		if (uuid && !strcmp(uuid, dm_uuid))
			device = xasprintf("/dev/%s",
					   basename(dirname(dirname(
						   found.gl_pathv[i]))));
		free(uuid);
	}
	globfree(&found);
	return device;
}
