// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/arm/armed_state.h"
#include "tool/check/machine_status.h"
#include "tool/host/config_file.h"
#include "tool/setup/change.h"
#include "tool/setup/setup.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/confirm.h"
#include "tool/verbs/verb_options.h"

#define RECORD_DIRECTORY "/var/lib/kdump-crypt"
#define RECORD		 RECORD_DIRECTORY "/setup.json"
#define NOTHING_CHANGED	 "nothing was changed"

/*
 * Where the programs are that are run. What su leaves of a user's PATH often
 * has none of the sbin directories.
 */
#define PROGRAM_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct options {
	const char *path;
	const char *config;
	bool undo;
	bool yes;
};

static const char usage[] =
	"Usage: kdump-crypt setup [OPTION]...\n"
	"Make this machine ready to be armed, now and at each boot: reserve the memory,\n"
	"have the module take the volume key as the volume is opened, and enable the\n"
	"service. What will be changed is shown, and asked about, first.\n"
	"\n"
	"  --path DIRECTORY  where dumps go (default: path in the configuration,\n"
	"                    or " CONFIG_DEFAULT_PATH ")\n"
	"  --config FILE     configuration (default: " CONFIG_DEFAULT_FILE ")\n"
	"  --undo            take back what setup changed\n"
	"  --yes             do not ask\n"
	"  --help            show this\n"
	"\n"
	"Exit status: 0 the machine is ready, or is after a reboot; 1 it is not;\n"
	"2 wrong usage.\n";

static int (*const steps[])(struct setup *setup) = {
	setup_path, setup_module,      setup_memory,
	setup_link, setup_other_tools, setup_service,
};

#define STEP_COUNT (sizeof(steps) / sizeof(steps[0]))

void setup_print(const char *title, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	printf("%-12s ", title);
	vprintf(format, arguments);
	putchar('\n');
	va_end(arguments);
}

int setup_want_file(struct setup *setup, const char *directory,
		    const char *name, const char *content,
		    enum follow_up follow_up)
{
	char *file = xasprintf("%s/%s", directory, name);
	int ret;

	change_want_directory(&setup->wanted, directory, 0755);
	ret = change_want_file(&setup->wanted, &setup->recorded, file, content,
			       follow_up);
	free(file);
	return ret;
}

/* @describe is what is done to a change: to make it or to take it back. */
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

static int make_changes(struct setup *setup)
{
	size_t i;

	if (mkdir(RECORD_DIRECTORY, 0755) && errno != EEXIST) {
		warn("cannot make %s", RECORD_DIRECTORY);
		return -1;
	}
	for (i = 0; i < setup->wanted.count; i++) {
		char *text = change_describe(&setup->wanted.list[i]);
		int ret = change_make(&setup->wanted.list[i], &setup->recorded,
				      RECORD);

		if (!ret)
			printf("Done: %s\n", text);
		free(text);
		if (!ret)
			continue;
		if (setup->recorded.count)
			warnx("what setup did before that stays: kdump-crypt setup --undo takes it back");
		return -1;
	}
	return 0;
}

static bool is_armed(void)
{
	struct machine_status status;
	bool armed;

	machine_status_read(&status);
	armed = !status.problem;
	machine_status_release(&status);
	return armed;
}

static void print_what_is_left(const struct setup *setup)
{
	size_t i;

	for (i = 0; i < setup->by_hand.count; i++)
		printf("To be done by hand: %s.\n", setup->by_hand.items[i]);
	if (setup->needs_reboot)
		printf("The memory is reserved after a reboot.\n");
	else if (!setup->by_hand.count && !is_armed())
		printf("The machine is ready: to arm it now, type kdump-crypt load.\n");
}

static int look_and_change(struct setup *setup, const struct options *options)
{
	size_t i;

	for (i = 0; i < STEP_COUNT; i++)
		if (steps[i](setup))
			return -1;
	if (!setup->wanted.count)
		printf("\nThere is nothing to be changed.\n");
	else if (!confirmed(&setup->wanted, change_describe, options) ||
		 make_changes(setup))
		return -1;
	print_what_is_left(setup);
	return setup->by_hand.count ? -1 : 0;
}

static void release(struct setup *setup)
{
	free(setup->config_option);
	config_release(&setup->config);
	free(setup->path);
	targets_release(&setup->targets);
	changes_release(&setup->recorded);
	changes_release(&setup->wanted);
	text_list_release(&setup->by_hand);
}

static int set_up(const struct options *options)
{
	struct setup setup = {
		.path_option = options->path,
	};
	int ret;

	config_init(&setup.config);
	ret = config_file_read(&setup.config, options->config);
	if (!ret)
		ret = changes_read(&setup.recorded, RECORD);
	if (!ret) {
		setup.config_option = options->config ?
					      realpath(options->config, NULL) :
					      NULL;
		ret = look_and_change(&setup, options);
	}
	release(&setup);
	return ret;
}

static int take_back(struct changes *recorded)
{
	size_t i = recorded->count;
	int ret = 0;

	while (i--) {
		char *text = change_describe_undo(&recorded->list[i]);

		if (change_undo(recorded, i, RECORD))
			ret = -1;
		else
			printf("Done: %s\n", text);
		free(text);
	}
	return ret;
}

static int undo(const struct options *options)
{
	struct changes recorded;
	int ret = changes_read(&recorded, RECORD);

	if (ret)
		return ret;
	if (!recorded.count)
		printf("There is nothing to undo.\n");
	else if (!confirmed(&recorded, change_describe_undo, options))
		ret = -1;
	else
		ret = take_back(&recorded);
	changes_release(&recorded);
	return ret;
}

int cmd_setup(int argc, char **argv)
{
	struct options options = { 0 };
	const struct verb_option table[] = { { "path", .text = &options.path },
					     { "config",
					       .text = &options.config },
					     { "undo", .flag = &options.undo },
					     { "yes", .flag = &options.yes },
					     {} };
	int ret;

	verb_options_read(argc, argv, usage, table, NULL);
	if (options.undo && (options.path || options.config)) {
		warnx("--undo takes back what was recorded: it needs no --path and no --config");
		return EXIT_USAGE;
	}
	if (geteuid()) {
		warnx("only root can set the machine up");
		return EXIT_FAILURE;
	}
	if (setenv("PATH", PROGRAM_PATH, 1)) {
		warn("PATH");
		return EXIT_FAILURE;
	}
	/* It builds the same initramfs as load does. */
	if (armed_state_lock())
		return EXIT_FAILURE;
	ret = options.undo ? undo(&options) : set_up(&options);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
