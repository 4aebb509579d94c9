// SPDX-License-Identifier: GPL-2.0-or-later
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/image/firmware.h"

#define FIRMWARE "/lib/firmware"

/* Where the kernel looks, see fw_path[] in drivers/base/firmware_loader. */
static void list_directories(struct text_list *directories, const char *version)
{
	char *updates = xasprintf(FIRMWARE "/updates/%s", version);
	char *own = xasprintf(FIRMWARE "/%s", version);

	text_list_add(directories, updates);
	text_list_add(directories, FIRMWARE "/updates");
	text_list_add(directories, own);
	text_list_add(directories, FIRMWARE);
	free(updates);
	free(own);
}

static void add_matches(struct initramfs *initramfs, const char *directory,
			const char *name)
{
	char *pattern = xasprintf("%s/%s{,.zst,.xz}", directory, name);
	glob_t found;
	size_t i;

	if (!glob(pattern, GLOB_BRACE, NULL, &found)) {
		for (i = 0; i < found.gl_pathc; i++)
			if (!access(found.gl_pathv[i], R_OK))
				initramfs_add_file(initramfs, found.gl_pathv[i],
						   found.gl_pathv[i]);
		globfree(&found);
	}
	free(pattern);
}

void firmware_add(struct initramfs *initramfs, struct kernel_modules *modules,
		  const char *name)
{
	struct text_list directories = {}, names = {};
	size_t i, j;

	/* Reading what a module asks for takes its time. */
	if (access(FIRMWARE, F_OK))
		return;
	kernel_modules_firmware(modules, name, &names);
	list_directories(&directories, kernel_modules_release(modules));
	for (i = 0; i < names.count; i++)
		for (j = 0; j < directories.count; j++)
			add_matches(initramfs, directories.items[j],
				    names.items[i]);
	text_list_release(&directories);
	text_list_release(&names);
}
