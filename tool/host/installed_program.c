// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/host/installed_program.h"

bool program_is_installed(const char *name)
{
	char *path = xstrdup(getenv("PATH") ?: ""), *state, *directory;
	bool found = false;

	for (directory = strtok_r(path, ":", &state); directory && !found;
	     directory = strtok_r(NULL, ":", &state)) {
		char *file = xasprintf("%s/%s", directory, name);

		found = !access(file, X_OK);
		free(file);
	}
	free(path);
	return found;
}
