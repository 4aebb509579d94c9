// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/arm/armed_lock.h"
#include "tool/check/machine_status.h"
#include "tool/host/config_file.h"
#include "tool/setup/change_make.h"
#include "tool/setup/change_record.h"
#include "tool/setup/setup.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/confirm.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define NOTHING_CHANGED "nothing was changed"

/* The PATH that su leaves often lacks the sbin directories. */
#define PROGRAM_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct options {
	const char *path;
	const char *config;
	const char *kernel;
	bool undo;
	bool yes;
};

static const char usage[] =
	"Usage: kdump-crypt setup [OPTION]...\n"
	"Make this machine ready to be armed, now and at each boot: reserve the memory,\n"
	"have the module take the volume key when the volume is opened, and enable the\n"
	"service. Show what will be changed, and ask before changing it.\n"
	"\n"
	"  --path DIRECTORY  where dumps go (default: the --path of an earlier setup,\n"
	"                    or path in the configuration, or " CONFIG_DEFAULT_PATH
	")\n"
	"  --config FILE     configuration (default: the --config of an earlier setup,\n"
	"                    or " CONFIG_DEFAULT_FILE ")\n"
	"  --kernel FILE     reserve enough memory for this kernel, too; the hook of the\n"
	"                    kernel's package runs this for a new kernel\n"
	"  --undo            undo what setup changed\n"
	"  --yes             do not ask\n"
	"  --help            show this help\n"
	"\n"
	"Exit status: 0 the machine is ready, or will be after a reboot; 1 it is not;\n"
	"2 wrong usage.\n";

static void print_seen(const char *title, const char *text)
{
	printf("%-12s %s\n", title, text);
}

/* Flush, because programs print to standard error in between. */
static void print_line(const char *line)
{
	puts(line);
	fflush(stdout);
}

/* Print what became of a change. Free @description. */
static void print_outcome(char *description, struct messages *messages, int ret,
			  const struct error *error)
{
	print_warnings(&messages->warnings);
	if (ret)
		print_error(error);
	else
		printf("Done: %s\n", description);
	fflush(stdout);
	free(description);
}

/* @describe is change_describe() or change_describe_undo(). */
static bool confirmed(const struct changes *changes,
		      char *(*describe)(const struct change *change),
		      const struct options *options)
{
	size_t i;

	printf("\nTo be done:\n");
	for (i = 0; i < changes->count; i++) {
		char *text = describe(&changes->list[i]);

		printf("  - %s\n", text);
		free(text);
	}
	fflush(stdout);
	if (options->yes)
		return true;
	return confirm_possible(NOTHING_CHANGED) &&
	       confirm("Do it? [y/N] ", NULL, NOTHING_CHANGED);
}

static int make_change(const struct change *change, struct changes *recorded)
{
	struct messages messages = { .progress = print_line };
	struct error error;
	char *description = change_describe(change);
	int ret =
		change_make(change, recorded, CHANGE_RECORD, &messages, &error);

	print_outcome(description, &messages, ret, &error);
	return ret;
}

static int make_changes(struct setup *setup)
{
	size_t i;

	if (mkdir(CHANGE_RECORD_DIRECTORY, 0755) && errno != EEXIST) {
		warn("cannot make %s", CHANGE_RECORD_DIRECTORY);
		return -1;
	}
	for (i = 0; i < setup->wanted.count; i++) {
		if (!make_change(&setup->wanted.list[i], &setup->recorded))
			continue;
		if (setup->recorded.count)
			warnx("the changes that were made before that stay: run kdump-crypt setup --undo to undo them");
		return -1;
	}
	return 0;
}

/* After the changes, what a crash would do now. */
static void print_state(const struct machine_status *status)
{
	char *line = machine_status_line(status);

	print_seen("State", line);
	free(line);
}

static void print_what_is_left(const struct setup *setup)
{
	struct machine_status status;
	size_t i;

	machine_status_read(&status);
	for (i = 0; i < setup->manual_steps.count; i++)
		printf("To be done by hand: %s.\n",
		       setup->manual_steps.items[i]);
	if (setup->needs_reboot)
		printf("The memory is reserved after a reboot.\n");
	else if (!setup->manual_steps.count && status.problem)
		printf("The machine is ready: to arm it now, run kdump-crypt load.\n");
	print_state(&status);
	machine_status_release(&status);
}

static int look_and_change(struct setup *setup, const struct options *options)
{
	struct error error;
	int ret = setup_look(setup, &error);

	print_warnings(&setup->messages.warnings);
	if (ret) {
		print_error(&error);
		return -1;
	}
	if (!setup->wanted.count)
		printf("\nThere is nothing to change.\n");
	else if (!confirmed(&setup->wanted, change_describe, options) ||
		 make_changes(setup))
		return -1;
	print_what_is_left(setup);
	return setup->manual_steps.count ? -1 : 0;
}

static int set_up(const struct options *options)
{
	struct setup setup = {
		.kernel = options->kernel,
		.report = print_seen,
		.messages.progress = print_progress,
	};
	struct error error;
	int ret;

	config_init(&setup.config);
	ret = change_record_read(&setup.recorded, CHANGE_RECORD, &error);
	if (!ret)
		ret = setup_choose_options(&setup, options->path,
					   options->config, &error);
	if (!ret)
		ret = config_file_read(&setup.config, setup.config_option,
				       &setup.messages.warnings, &error);
	print_warnings(&setup.messages.warnings);
	if (ret)
		print_error(&error);
	else
		ret = look_and_change(&setup, options);
	setup_release(&setup);
	return ret;
}

static int undo_change(struct changes *recorded, size_t index)
{
	struct messages messages = { .progress = print_line };
	struct error error;
	char *description = change_describe_undo(&recorded->list[index]);
	int ret =
		change_undo(recorded, index, CHANGE_RECORD, &messages, &error);

	print_outcome(description, &messages, ret, &error);
	return ret;
}

/* From the last change to the first. A failure does not stop the others. */
static int undo_changes(struct changes *recorded)
{
	size_t i = recorded->count;
	int ret = 0;

	while (i--)
		if (undo_change(recorded, i))
			ret = -1;
	return ret;
}

static int undo(const struct options *options)
{
	struct changes recorded;
	struct error error;
	int ret = -1;

	if (change_record_read(&recorded, CHANGE_RECORD, &error)) {
		print_error(&error);
		return -1;
	}
	if (!recorded.count) {
		printf("There is nothing to undo.\n");
		ret = 0;
	} else if (confirmed(&recorded, change_describe_undo, options)) {
		ret = undo_changes(&recorded);
	}
	changes_release(&recorded);
	return ret;
}

int cmd_setup(int argc, char **argv)
{
	struct options options = { 0 };
	const struct verb_option table[] = {
		{ "path", .text = &options.path },
		{ "config", .text = &options.config },
		{ "kernel", .text = &options.kernel },
		{ "undo", .flag = &options.undo },
		{ "yes", .flag = &options.yes },
		{}
	};
	struct error error;
	int ret;

	verb_options_read(argc, argv, usage, table, NULL);
	if (options.undo &&
	    (options.path || options.config || options.kernel)) {
		verb_usage_error(
			argv[0],
			"--undo undoes what was recorded: it excludes --path, --config and --kernel");
	}
	if (!print_unless_root("set the machine up"))
		return EXIT_FAILURE;
	if (setenv("PATH", PROGRAM_PATH, 1)) {
		warn("PATH");
		return EXIT_FAILURE;
	}
	/* load builds the same initramfs. */
	if (armed_lock(ARMED_LOCK_SECONDS, print_progress, &error)) {
		print_error(&error);
		return EXIT_FAILURE;
	}
	ret = options.undo ? undo(&options) : set_up(&options);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
