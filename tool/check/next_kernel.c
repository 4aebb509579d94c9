// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/check/next_kernel.h"
#include "tool/host/missing_module.h"
#include "tool/keys/key_items.h"

#define BOOT   "/boot"
#define PREFIX "vmlinuz-"

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
	DIR *boot = opendir(BOOT);
	char *newest = NULL;
	struct dirent *entry;

	while (boot && (entry = readdir(boot))) {
		const char *version = entry->d_name + strlen(PREFIX);

		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) ||
		    (newest && strverscmp(version, newest) < 0) ||
		    !has_modules(version))
			continue;
		free(newest);
		newest = xstrdup(version);
	}
	if (boot)
		closedir(boot);
	return newest;
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
