// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/check/next_kernel.h"
#include "tool/host/architecture.h"
#include "tool/host/missing_module.h"
#include "tool/keys/key_items.h"

/* Written by setup if volumes have keys. */
#define LINK_FILE "/etc/modprobe.d/kdump-crypt.conf"

static bool has_modules(const char *version)
{
	char *directory = xasprintf("/lib/modules/%s", version);
	bool found = !access(directory, F_OK);

	free(directory);
	return found;
}

/*
 * Return the version of the newest kernel, which GRUB and systemd-boot start.
 * Return NULL if there is none. The caller frees it.
 */
static char *find_newest(void)
{
	const char *newest = NULL;
	char *copy = NULL;
	glob_t kernels;
	size_t i;

	if (glob(KERNEL_FILE "*", 0, NULL, &kernels))
		return NULL;
	for (i = 0; i < kernels.gl_pathc; i++) {
		const char *version = kernels.gl_pathv[i] + strlen(KERNEL_FILE);

		if (has_modules(version) &&
		    (!newest || strverscmp(version, newest) >= 0))
			newest = version;
	}
	if (newest)
		copy = xstrdup(newest);
	globfree(&kernels);
	return copy;
}

static bool is_missing_for(const char *version)
{
	return !access(LINK_FILE, F_OK) && !key_items_will_work(version);
}

char *running_kernel_problem(void)
{
	struct utsname kernel;
	char *remedy, *problem;

	uname(&kernel);
	if (!is_missing_for(kernel.release))
		return NULL;
	remedy = missing_module_remedy(kernel.release);
	problem = xasprintf(
		"no crash kernel is loaded, because the running kernel, %s, has no module crash_dm_crypt: %s, then reboot",
		kernel.release, remedy);
	free(remedy);
	return problem;
}

char *next_kernel_problem(void)
{
	char *version = find_newest(), *remedy, *problem = NULL;

	if (version && is_missing_for(version)) {
		remedy = missing_module_remedy(version);
		problem = xasprintf(
			"the newest kernel, %s, has no module crash_dm_crypt, so the machine will not be armed when it boots that kernel: %s",
			version, remedy);
		free(remedy);
	}
	free(version);
	return problem;
}
