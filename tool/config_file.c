// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lib/xalloc.h"
#include "config_file.h"

int config_file_read(struct config *config, const char *file)
{
	char *problem;

	if (!file && access(CONFIG_DEFAULT_FILE, F_OK))
		return 0;
	problem = config_read(config, file ?: CONFIG_DEFAULT_FILE);
	if (problem) {
		warnx("%s", problem);
		free(problem);
		return -1;
	}
	return 0;
}

char *config_file_dump_path(const char *path, const char *file)
{
	struct config config;
	char *result = NULL;

	config_init(&config);
	if (!config_file_read(&config, file))
		result = xstrdup(path ?: config.path);
	config_release(&config);
	return result;
}
