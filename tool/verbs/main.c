// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "tool/verbs/commands.h"
#include "tool/verbs/verb_options.h"

static int cmd_help(int argc, char **argv);

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} verbs[] = {
	{ "setup", cmd_setup, "make the machine ready to be armed" },
	{ "load", cmd_load, "arm: load a crash kernel with the volume key" },
	{ "reload", cmd_reload, "arm again with the options of the last load" },
	{ "unload", cmd_unload, "disarm: unload the crash kernel" },
	{ "status", cmd_status, "show whether the machine is armed" },
	{ "check", cmd_check,
	  "show what would fail after a crash, and what to do" },
	{ "crash-test", cmd_crash_test,
	  "crash the machine, to test whether the dump arrives" },
	{ "list", cmd_list, "list the dumps" },
	{ "show", cmd_show, "show the details of a dump" },
	{ "scan", cmd_scan, "search a dump for keys before it is given away" },
	{ "remove", cmd_remove, "remove dumps" },
	{ "estimate", cmd_estimate, "show how much memory to reserve" },
	{ "config", cmd_config, "print the configuration that is in effect" },
	{ "help", cmd_help, "show the options of a verb" },
	/* An alias, which the list leaves out. */
	{ "test", cmd_test, NULL },
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static void print_usage(FILE *stream)
{
	size_t i;

	fprintf(stream,
		"Usage: kdump-crypt VERB [OPTION]...\n"
		"Save crash dumps on an encrypted volume, without a passphrase.\n"
		"\n");
	for (i = 0; i < VERB_COUNT; i++)
		if (verbs[i].summary)
			fprintf(stream, "  %-10s %s\n", verbs[i].name,
				verbs[i].summary);
	fprintf(stream,
		"\n"
		"kdump-crypt VERB --help shows the options of a verb. See also kdump-crypt(8).\n");
}

/* Return the exit status. */
static int run_verb(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < VERB_COUNT; i++)
		if (!strcmp(argv[0], verbs[i].name))
			return verbs[i].run(argc, argv);
	warnx("unknown %s \"%s\"", argv[0][0] == '-' ? "option" : "verb",
	      argv[0]);
	fprintf(stderr, "try 'kdump-crypt --help'\n");
	return EXIT_USAGE;
}

static int cmd_help(int argc, char **argv)
{
	static const char usage[] =
		"Usage: kdump-crypt help [VERB]\n"
		"Show the options of a verb, or all verbs.\n"
		"\n"
		"  --help  show this help\n"
		"\n"
		"Exit status: 0 shown, 2 wrong usage.\n";
	static const struct verb_operands one_verb = { 0, 1, "one verb" };
	char **operands = verb_options_read(argc, argv, usage, NULL, &one_verb);

	if (operands[0]) {
		optind = 0; /* getopt_long() starts again */
		return run_verb(2, (char *[]) { operands[0], "--help", NULL });
	}
	print_usage(stdout);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	/* The process may hold a passphrase: no core dump, no debugger. */
	prctl(PR_SET_DUMPABLE, 0);

	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		verb_print_version();
		return EXIT_SUCCESS;
	}
	return run_verb(argc - 1, argv + 1);
}
