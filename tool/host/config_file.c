// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/host/config_file.h"

int config_file_read(struct config *config, const char *file,
		     struct error *error)
{
	if (!file && access(CONFIG_DEFAULT_FILE, F_OK))
		return 0;
	return config_read(config, file ?: CONFIG_DEFAULT_FILE, error);
}

int config_file_dump_paths(struct text_list *paths, const char *path,
			   const char *file, struct error *error)
{
	struct config config;
	size_t i;
	int ret;

	memset(paths, 0, sizeof(*paths));
	config_init(&config);
	ret = config_file_read(&config, file, error);
	if (!ret) {
		text_list_add(paths, path ?: config.path);
		for (i = 0; !path && i < config.fallback_paths.count; i++)
			text_list_add_once(paths,
					   config.fallback_paths.items[i]);
	}
	config_release(&config);
	return ret;
}
