// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/arm/rearm_record.h"

#define RECORD RUNSTATEDIR "/kdump-crypt/rearm.json"

static char *copy_text(json_object *root, const char *name)
{
	return xstrdup_or_null(json_get_text(root, name));
}

void rearm_record_read(struct rearm_record *record,
		       const struct armed_state *state)
{
	json_object *root = json_object_from_file(RECORD);

	*record = (struct rearm_record) {};
	if (json_get_number(root, "armed_time") == state->time &&
	    json_get_number(root, "armed_pid") == state->pid)
		*record = (struct rearm_record) {
			.seen = copy_text(root, "seen"),
			.problem = copy_text(root, "problem"),
			.is_still_armed = json_get_number(root, "still_armed"),
			.reason = copy_text(root, "reason"),
			.time = json_get_number(root, "time"),
		};
	json_object_put(root);
}

int rearm_record_write(const struct rearm_record *record,
		       const struct armed_state *state, struct error *error)
{
	json_object *root = json_object_new_object();
	int ret;

	json_add_number(root, "armed_time", state->time);
	json_add_number(root, "armed_pid", state->pid);
	json_add_number(root, "time", record->time);
	json_add_text(root, "seen", record->seen);
	json_add_text(root, "problem", record->problem);
	json_add_number(root, "still_armed", record->is_still_armed);
	json_add_text(root, "reason", record->reason);
	ret = textfile_replace(RECORD, json_object_to_json_string(root), error);
	json_object_put(root);
	return ret;
}

void rearm_record_release(struct rearm_record *record)
{
	free(record->seen);
	free(record->problem);
	free(record->reason);
	memset(record, 0, sizeof(*record));
}
