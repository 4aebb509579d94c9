// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "armed_state.h"
#include "commands.h"
#include "crash_kernel.h"
#include "key_items.h"

static void print_usage(FILE *stream)
{
	fprintf(stream,
		"Usage: kdump-crypt unload\n"
		"Unload the crash kernel, whoever loaded it, and with it the keys in reserved\n"
		"memory; remove the key items that load made.\n"
		"\n"
		"Exit status: 0 nothing is loaded any more, 1 failure, 2 wrong usage.\n");
}

int cmd_unload(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	if (argc > 1) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (geteuid()) {
		warnx("only root can unload a crash kernel");
		return EXIT_FAILURE;
	}
	if (armed_state_lock() || crash_kernel_unload())
		return EXIT_FAILURE;
	armed_state_remove();
	if (key_items_available() && key_items_set(NULL, 0))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
