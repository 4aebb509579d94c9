// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/run_program.h"
#include "lib/xalloc.h"
#include "tool/storage/volume_groups.h"

#define SEPARATOR "/" /* occurs in neither field */

struct search {
	const char *group;
	struct text_list *system_ids;
	bool is_shared;
};

/* A line is "  ID/LOCK-TYPE". Either may be empty. */
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

static int search_group(struct search *search, struct error *error)
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
	int ret;

	ret = run_program_for_each_line(arguments, take_line, search, error);
	if (ret > 0)
		error_set(error, 0, "lvm vgs failed with exit status %d", ret);
	if (ret)
		return error_prefix(error, "cannot examine the volume group %s",
				    search->group);
	if (search->is_shared)
		return error_set(
			error, 0,
			"the volume group %s is shared with other machines (lvmlockd), which is not supported",
			search->group);
	return 0;
}

int volume_groups_find_system_ids(struct text_list *system_ids,
				  const struct text_list *logical_volumes,
				  struct error *error)
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

		ret = search_group(&search, error);
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
