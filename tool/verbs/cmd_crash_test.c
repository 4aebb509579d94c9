// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "tool/arm/armed_lock.h"
#include "tool/check/checks.h"
#include "tool/check/machine_status.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/confirm.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define NOT_CRASHED "the machine was not crashed"

static const char usage[] =
	"Usage: kdump-crypt crash-test [OPTION]...\n"
	"Crash this machine on purpose, after a warning and a question, to test whether\n"
	"the dump arrives. After the reboot, kdump-crypt list shows it.\n"
	"\n"
	"  --yes   do not ask\n"
	"  --help  show this help\n"
	"\n"
	"Exit status: 1 the machine was not crashed, 2 wrong usage.\n";

static void print_warning(const struct armed_state *state)
{
	size_t i;

	printf("This crashes the machine immediately. Unsaved work is lost, and all users are\n"
	       "disconnected. The crash kernel %s then writes a dump\n"
	       "to %s",
	       state->kernel, state->path);
	for (i = 0; i < state->luks_uuids.count; i++)
		printf("%s LUKS volume %s", i ? "," : ", on",
		       state->luks_uuids.items[i]);
	printf(",\n"
	       "and reboots, unless kdump-crypt.conf(5) sets another final_action.\n"
	       "\n"
	       "When the machine is up again and the volume is mounted, look at the dump and at\n"
	       "the time that each step took:\n"
	       "\n"
	       "    kdump-crypt list --path %s\n"
	       "    kdump-crypt show --path %s NAME\n"
	       "\n",
	       state->path, state->path);
	fflush(stdout);
}

/* What check says may keep the crash from leaving a dump, such as a full disk. */
static void print_checks(void)
{
	struct text_list warnings = {};
	struct checks checks;
	size_t i;

	checks_run(&checks, NULL, NULL, false, &warnings);
	print_warnings(&warnings);
	for (i = 0; i < checks.count; i++)
		if (checks.list[i].result != CHECK_PASS)
			warnx("check of %s: %s: %s", checks.list[i].name,
			      checks.list[i].text, checks.list[i].remedy);
	checks_release(&checks);
}

/* Return only if the machine did not crash. */
static void crash(void)
{
	struct error error;

	/* The log in the dump then says why the machine crashed. */
	textfile_write(
		"/dev/kmsg",
		"kdump-crypt: crash on purpose, by kdump-crypt crash-test",
		NULL);
	sync();
	/* kernel.sysrq limits the keyboard only. Root may always write here. */
	if (textfile_write("/proc/sysrq-trigger", "c", &error))
		print_error(&error);
	warnx(NOT_CRASHED);
}

static void warn_and_crash(const struct machine_status *status, bool yes)
{
	if (status->problem) {
		warnx("a crash would leave no dump: %s", status->problem);
		return;
	}
	if (!yes && !confirm_possible(NOT_CRASHED))
		return;
	print_warning(&status->state);
	print_checks();
	if (yes ||
	    confirm("Type crash to crash the machine: ", "crash", NOT_CRASHED))
		crash();
}

int cmd_crash_test(int argc, char **argv)
{
	bool yes = false;
	const struct verb_option table[] = { { "yes", .flag = &yes }, {} };
	struct machine_status status;
	struct error error;

	verb_options_read(argc, argv, usage, table, NULL);
	if (!print_unless_root("crash the machine"))
		return EXIT_FAILURE;
	/* Nobody unloads the crash kernel between the question and the crash. */
	if (armed_lock(ARMED_LOCK_SECONDS, print_progress, &error)) {
		print_error(&error);
		return EXIT_FAILURE;
	}
	machine_status_read(&status);
	warn_and_crash(&status, yes);
	machine_status_release(&status);
	return EXIT_FAILURE;
}

int cmd_test(int argc, char **argv)
{
	warnx("test is the old name of crash-test");
	argv[0] = "crash-test";
	return cmd_crash_test(argc, argv);
}
