// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/host/config.h"

void config_init(struct config *config)
{
	*config = (struct config) {
		.path = xstrdup(CONFIG_DEFAULT_PATH),
		.core_collector = xstrdup(CONFIG_DEFAULT_CORE_COLLECTOR),
		.final_action = ACTION_REBOOT,
		.failure_action = ACTION_REBOOT,
		.make_room = true,
		.keep_free = CONFIG_DEFAULT_KEEP_FREE,
		.hide_keys = true,
		.module_signatures = true,
		.cpus = CONFIG_DEFAULT_CPUS,
		.disk_timeout = CONFIG_DEFAULT_DISK_TIMEOUT,
		.degraded_timeout = CONFIG_DEFAULT_DEGRADED_TIMEOUT,
	};
}

void config_release(struct config *config)
{
	size_t i;

	free(config->path);
	free(config->core_collector);
	free(config->kdump_pre);
	free(config->kdump_post);
	text_list_release(&config->fallback_paths);
	text_list_release(&config->extra_bins);
	text_list_release(&config->extra_modules);
	for (i = 0; i < CONFIG_DIRECTIVE_COUNT; i++)
		free(config->origins[i].file);
	memset(config, 0, sizeof(*config));
}
