// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/xalloc.h"
#include "tool/setup/grub_file.h"

/* Read by grub-mkconfig(8), whose shell ends where a command fails. */
#define WITHOUT_CRASHKERNEL(variable)                       \
	variable "=$(printf '%%s\\n' \"$" variable "\" |\n" \
		 "\tsed -E 's/(^|[[:blank:]])crashkernel=[^[:blank:]]*//g')\n"

char *grub_file_content(long long mebibytes)
{
	return xasprintf(
		"# Written by kdump-crypt setup; kdump-crypt setup --undo removes it.\n"
		"#\n"
		"# Of several crashkernel= the kernel takes the last. So this file's name has it\n"
		"# read after others, such as kdump-tools.cfg, and what those ask for is taken\n"
		"# away: the command line has the one that counts, and no other.\n" WITHOUT_CRASHKERNEL(
			"GRUB_CMDLINE_LINUX")
			WITHOUT_CRASHKERNEL(
				"GRUB_CMDLINE_LINUX_DEFAULT") "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=%lldM\"",
		mebibytes);
}
