// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/keys/open_volumes.h"
#include "tool/keys/other_volumes.h"

static bool takes_dump(const struct targets *targets, const char *luks_uuid)
{
	size_t i;

	for (i = 0; i < targets->volume_count; i++)
		if (!strcmp(targets->volumes[i]->luks_uuid, luks_uuid))
			return true;
	return false;
}

struct search {
	struct other_volumes *others;
	const struct targets *targets;
};

static void add_other(const struct open_volume *volume, void *context)
{
	struct search *search = context;
	struct other_volumes *others = search->others;

	if (takes_dump(search->targets, volume->luks_uuid))
		return;
	others->list = xrealloc(others->list,
				(others->count + 1) * sizeof(*others->list));
	others->list[others->count++] = (struct luks_volume) {
		.luks_uuid = xstrdup(volume->luks_uuid),
		.device = xstrdup(volume->device ?: volume->mapping),
		.mapping = xstrdup(volume->mapping),
	};
}

void other_volumes_find(struct other_volumes *others,
			const struct targets *targets)
{
	struct search search = { others, targets };

	*others = (struct other_volumes) {};
	open_volumes_for_each("/sys", add_other, &search);
}

void other_volumes_release(struct other_volumes *others)
{
	size_t i;

	for (i = 0; i < others->count; i++) {
		free(others->list[i].luks_uuid);
		free(others->list[i].device);
		free(others->list[i].mapping);
	}
	free(others->list);
	*others = (struct other_volumes) {};
}
