// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/host/program_lines.h"
#include "tool/storage/volume_groups.h"

#define SEPARATOR "/" /* in neither of the two */

struct search {
	const char *group;
	struct text_list *system_ids;
	bool is_shared;
};

/* "  ID/LOCK-TYPE", and each may be empty. */
static void take_line(char *line, void *context)
{
	struct search *search = context;
	char *id = line + strspn(line, " ");
	char *lock_type = strstr(id, SEPARATOR);

	if (!lock_type)
		return;
	*lock_type++ = '\0';
	if (*id)
		text_list_add_once(search->system_ids, id);
	if (*lock_type && strcmp(lock_type, "none"))
		search->is_shared = true;
}

static int look_at_group(struct search *search)
{
	char *arguments[] = { "lvm",
			      "vgs",
			      "--noheadings",
			      "--separator",
			      SEPARATOR,
			      "--options",
			      "vg_systemid,vg_lock_type",
			      (char *)search->group,
			      NULL };

	if (program_lines_for_each(arguments, take_line, search)) {
		warnx("cannot find out about the volume group %s",
		      search->group);
		return -1;
	}
	if (search->is_shared) {
		warnx("the volume group %s is shared with other machines (lvmlockd), which is not supported",
		      search->group);
		return -1;
	}
	return 0;
}

int volume_groups_find_system_ids(struct text_list *system_ids,
				  const struct text_list *logical_volumes)
{
	int ret = 0;
	size_t i;

	for (i = 0; i < logical_volumes->count && !ret; i++) {
		const char *name = logical_volumes->items[i];
		char *group = xasprintf("%.*s", (int)strcspn(name, "/"), name);
		struct search search = {
			.group = group,
			.system_ids = system_ids,
		};

		ret = look_at_group(&search);
		free(group);
	}
	return ret;
}

char *volume_groups_configuration(const struct text_list *system_ids)
{
	char *ids = text_list_join(system_ids, "\", \"");
	char *text;

	if (!ids)
		return xstrdup("");
	text = xasprintf("global {\n"
			 "	system_id_source = \"lvmlocal\"\n"
			 "}\n"
			 "local {\n"
			 "	system_id = \"%s\"\n"
			 "	extra_system_ids = [ \"%s\" ]\n"
			 "}\n",
			 system_ids->items[0], ids);
	free(ids);
	return text;
}
