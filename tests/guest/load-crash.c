// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: load-crash KERNEL INITRAMFS [COMMAND-LINE [TIMES]]
 *        load-crash unload
 * Call kexec_file_load(2) and print "OK" or the name of an errno, one line per
 * call. The initramfs "none" means none. A file that cannot be opened is passed
 * as the file descriptor -1.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "tests/guest/common.h"

int main(int argc, char **argv)
{
	const char *initramfs, *command_line;
	long times;

	/* Do not lose lines if the program is killed. */
	setlinebuf(stdout);
	if (argc == 2 && !strcmp(argv[1], "unload")) {
		puts(errno_name(unload_crash_kernel()));
		return 0;
	}
	if (argc < 3)
		errx(2,
		     "usage: load-crash KERNEL INITRAMFS [COMMAND-LINE [TIMES]]");
	initramfs = strcmp(argv[2], "none") ? argv[2] : NULL;
	command_line = argc > 3 ? argv[3] : "";
	for (times = argc > 4 ? parse_number(argv[4]) : 1; times > 0; times--)
		puts(errno_name(
			load_crash_kernel(argv[1], initramfs, command_line)));
	return 0;
}
