// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/xalloc.h"
#include "tool/setup/link_file.h"

/*
 * Seconds from the opening of the volume to the service that arms: between them
 * a boot may check filesystems. The service invalidates the key in any case.
 */
#define TIMEOUT "1800"

/*
 * With the soft dependency the module is loaded before dm-crypt wherever that
 * is, and what makes a boot initramfs takes it along with dm-crypt, and takes
 * this file. One that is missing does not keep dm-crypt from being loaded.
 */
char *link_file_content(const char *uuids)
{
	return xasprintf(
		"# Written by kdump-crypt setup; kdump-crypt setup --undo removes it.\n"
		"#\n"
		"# The module is there before dm-crypt, in the boot initramfs as well, and takes\n"
		"# the keys of these LUKS volumes as they are opened.\n"
		"options crash_dm_crypt link=%s link_timeout=" TIMEOUT "\n"
		"softdep dm_crypt pre: crash_dm_crypt",
		uuids);
}
