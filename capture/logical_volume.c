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
static int run_lvchange(char *option, const char *planned, char *mode,
			char *configuration, const char *log)
{
	const char *uuid = strstr(planned, " " PREFIX);
	char group[LVM_ID_SIZE], volume[LVM_ID_SIZE], *selection;
	char *arguments[] = { LVM,
			      "lvchange",
			      "--yes",
			      "--activate",
			      option,
			      "--ignoreactivationskip",
			      "--activationmode",
			      mode,
			      "--config",
			      configuration,
			      "--select",
			      NULL,
			      NULL };
	int ret;

	if (!uuid || strlen(uuid) < strlen(" " PREFIX) + 2 * LVM_ID_LENGTH)
		return -1;
	uuid += strlen(" " PREFIX);
	lvm_id_format(group, uuid);
	lvm_id_format(volume, uuid + LVM_ID_LENGTH);
	selection = xasprintf("vg_uuid=%s && lv_uuid=%s", group, volume);
	arguments[sizeof(arguments) / sizeof(arguments[0]) - 2] = selection;
	ret = logged_program_run(arguments, log, STORAGE_SECONDS, NULL);
	free(selection);
	return ret;
}

/* A copy of a disk has the same UUIDs, and LVM uses neither then. */
static char *make_filter(const struct text_list *ignored)
{
	struct text_list rules = {};
	char *joined, *filter;
	size_t i;

	for (i = 0; i < ignored->count; i++)
		text_list_addf(&rules, "\"r|^%s$|\"", ignored->items[i]);
	text_list_add(&rules, "\"a|.*|\"");
	joined = text_list_join(&rules, ", ");
	filter = xasprintf("devices { filter = [ %s ] }", joined);
	free(joined);
	text_list_release(&rules);
	return filter;
}

int logical_volume_activate(const char *planned,
			    const struct text_list *ignored, bool degraded,
			    const char *log)
{
	char *filter = make_filter(ignored), *device;
	int ret = run_lvchange("y", planned, degraded ? "degraded" : "complete",
			       filter, log);

	free(filter);
	if (ret)
		return -1;
	/* If the selection finds nothing, lvchange does not fail. */
	device = logical_volume_device(strchr(planned, ' ') + 1);
	free(device);
	return device ? 0 : -1;
}

int logical_volume_deactivate(const char *planned, struct error *error)
{
	static const struct text_list nothing;
	char *filter = make_filter(&nothing);
	int ret = run_lvchange("n", planned, "degraded", filter, "/dev/null");

	free(filter);
	if (ret)
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
