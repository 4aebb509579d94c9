// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "tool/arm/target_warnings.h"
#include "tool/storage/twins.h"

/* The crash kernel looks at more than the UUID, so this only warns. */
static void warn_of_twins(const struct targets *targets,
			  struct text_list *warnings)
{
	struct text_list twins = {};
	size_t i;

	twins_find(&twins, targets, "/sys");
	for (i = 0; i < twins.count; i++)
		text_list_addf(
			warnings,
			"%s: after a crash, the crash kernel chooses the disk by its serial number, size and place; remove the other one, or give it another UUID",
			twins.items[i]);
	text_list_release(&twins);
}

/* The dump may be damaged, and still be better than none. */
static void warn_of_errors(const struct targets *targets,
			   struct text_list *warnings)
{
	size_t i;

	for (i = 0; i < targets->count; i++)
		if (target_has_errors(&targets->list[i]))
			text_list_addf(
				warnings,
				"the filesystem at %s has errors, which may damage a dump: " TARGET_REPAIR,
				targets->list[i].path);
}

static void warn_of_fat(const struct targets *targets,
			struct text_list *warnings)
{
	size_t i;

	for (i = 0; i < targets->count; i++)
		if (!strcmp(targets->list[i].filesystem_type, "vfat"))
			text_list_addf(
				warnings,
				"the filesystem at %s is FAT, which holds no file above 4 GiB: a larger dump will be incomplete",
				targets->list[i].path);
}

void target_warnings_add(struct text_list *warnings,
			 const struct targets *targets)
{
	warn_of_twins(targets, warnings);
	warn_of_errors(targets, warnings);
	warn_of_fat(targets, warnings);
}
