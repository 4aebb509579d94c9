// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "tool/setup/change_record.h"
#include "tool/setup/recorded_options.h"
#include "tool/setup/service_file.h"

int recorded_options_read(struct recorded_options *recorded, const char *file,
			  struct error *error)
{
	struct changes changes = {};

	memset(recorded, 0, sizeof(*recorded));
	if (change_record_read(&changes, file, error))
		return -1;
	service_file_recorded_options(&changes, &recorded->path,
				      &recorded->config);
	changes_release(&changes);
	return 0;
}

void recorded_options_apply(const struct recorded_options *recorded,
			    const char **path, const char **config)
{
	if (*config)
		return;
	*config = recorded->config;
	if (!*path)
		*path = recorded->path;
}

void recorded_options_release(struct recorded_options *recorded)
{
	free(recorded->path);
	free(recorded->config);
	memset(recorded, 0, sizeof(*recorded));
}
