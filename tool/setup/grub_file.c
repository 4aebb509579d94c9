// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/setup/grub_file.h"

#define PARAMETER "crashkernel="

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

long long grub_file_reserved(const char *content)
{
	long long mebibytes = 0;
	const char *at;

	/* The last one is that which is added. */
	for (at = content; (at = strstr(at, PARAMETER)); at++)
		mebibytes = strtoll(at + strlen(PARAMETER), NULL, 10);
	return mebibytes;
}
