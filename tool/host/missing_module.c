// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/host/missing_module.h"

#define PACKAGE "kdump-crypt-dkms"
#define SOURCES "/usr/src/kdump-crypt-*/dkms.conf"

static bool has_headers(const char *version)
{
	char *file = xasprintf("/lib/modules/%s/build/Makefile", version);
	bool found = !access(file, F_OK);

	free(file);
	return found;
}

static bool has_sources(void)
{
	glob_t found = {};
	bool any = !glob(SOURCES, 0, NULL, &found);

	globfree(&found);
	return any;
}

char *missing_module_remedy(const char *version)
{
	if (!has_sources())
		return xasprintf(
			"install the module crash_dm_crypt for it (on Debian, the packages " PACKAGE
			" and linux-headers-%s)",
			version);
	if (!has_headers(version))
		return xasprintf("install linux-headers-%s", version);
	return xasprintf(
		"run dkms autoinstall -k %s, which says why DKMS did not build it",
		version);
}
