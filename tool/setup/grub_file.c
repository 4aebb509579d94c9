// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/xalloc.h"
#include "tool/setup/grub_file.h"

/* grub-mkconfig(8) reads this in a shell that ends when a command fails. */
#define WITHOUT_CRASHKERNEL(variable)                       \
	variable "=$(printf '%%s\\n' \"$" variable "\" |\n" \
		 "\tsed -E 's/(^|[[:blank:]])crashkernel=[^[:blank:]]*//g')\n"

char *grub_file_content(long long mebibytes)
{
	return xasprintf(
		"# Written by kdump-crypt setup; kdump-crypt setup --undo removes it.\n"
		"#\n"
		"# This file is read after others, such as kdump-tools.cfg. It removes their\n"
		"# crashkernel= and adds the one that kdump-crypt needs, so that the kernel's\n"
		"# command line has no other.\n" WITHOUT_CRASHKERNEL(
			"GRUB_CMDLINE_LINUX")
			WITHOUT_CRASHKERNEL(
				"GRUB_CMDLINE_LINUX_DEFAULT") "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=%lldM\"",
		mebibytes);
}
