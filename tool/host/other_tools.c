// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>
#include <unistd.h>

#include "tool/host/other_tools.h"
#include "tool/host/systemd_service.h"

/* The services of Debian's kdump-tools and of kdump-utils. */
static const struct {
	const char *name, *file;
} services[] = {
	{ "kdump-tools.service",
	  "/usr/lib/systemd/system/kdump-tools.service" },
	{ "kdump.service", "/usr/lib/systemd/system/kdump.service" },
};

void other_tools_find(struct text_list *enabled)
{
	size_t i;

	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		/* Most machines lack the file, and systemctl is slower. */
		if (!access(services[i].file, F_OK) &&
		    systemd_service_is_enabled(services[i].name))
			text_list_add(enabled, services[i].name);
}

char *other_tools_describe(void)
{
	struct text_list enabled = {};
	char *joined;

	other_tools_find(&enabled);
	joined = text_list_join(&enabled, " and ");
	text_list_release(&enabled);
	return joined;
}
