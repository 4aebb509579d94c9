// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tool/arm/armed_lock.h"
#include "tool/host/config_file.h"
#include "tool/image/memory_estimate.h"
#include "tool/image/memory_facts.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/setup/change_record.h"
#include "tool/setup/recorded_options.h"
#include "tool/storage/targets.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define MIB (1024.0 * 1024)

struct options {
	const char *path;
	const char *config;
	const char *kernel;
	bool json;
};

static const char usage[] =
	"Usage: kdump-crypt estimate [OPTION]...\n"
	"Show how much memory this machine needs to reserve for its crash kernel, and\n"
	"what it is needed for. This builds the capture initramfs, but loads nothing.\n"
	"\n"
	"  --path DIRECTORY  where dumps go (default: the --path of setup, or path in\n"
	"                    the configuration, or " CONFIG_DEFAULT_PATH ")\n"
	"  --kernel FILE     the crash kernel (default: the running kernel)\n"
	"  --config FILE     configuration (default: " CONFIG_DEFAULT_FILE ")\n"
	"  --json            print a JSON object\n"
	"  --help            show this help\n"
	"\n"
	"Exit status: 0 enough is reserved, 1 too little, or failure, 2 wrong usage.\n";

static int find_facts(struct memory_facts *facts, const struct options *options,
		      struct error *error)
{
	const char *path = options->path, *file = options->config;
	struct recorded_options recorded;
	struct messages messages = { .progress = print_progress };
	struct config config;
	struct targets targets;
	int ret;

	config_init(&config);
	recorded_options_read(&recorded, CHANGE_RECORD, NULL);
	recorded_options_apply(&recorded, &path, &file);
	ret = config_file_read(&config, file, &messages.warnings, error);
	if (!ret)
		ret = targets_find(&targets, path ?: config.path,
				   &config.fallback_paths, &messages.warnings,
				   error);
	if (!ret) {
		ret = memory_facts_find(facts, options->kernel, &targets,
					&config, &messages, error);
		targets_release(&targets);
	}
	print_warnings(&messages.warnings);
	recorded_options_release(&recorded);
	config_release(&config);
	return ret;
}

static void print_as_json(const struct memory_estimate *estimate)
{
	json_object *root = json_object_new_object();
	json_object *parts = json_object_new_object();
	size_t i;

	for (i = 0; i < estimate->count; i++)
		json_object_object_add(parts, estimate->parts[i].name,
				       json_object_new_int64(
					       estimate->parts[i].bytes));
	json_object_object_add(root, "needed_bytes",
			       json_object_new_int64(estimate->total));
	json_object_object_add(root, "reserved_bytes",
			       json_object_new_int64(crash_kernel_reserved()));
	json_object_object_add(root, "parts", parts);
	print_json(root);
}

static void print_text(const struct memory_estimate *estimate)
{
	long long reserved = crash_kernel_reserved();
	size_t i;

	for (i = 0; i < estimate->count; i++)
		printf("%7.1f MiB  %s\n", estimate->parts[i].bytes / MIB,
		       estimate->parts[i].title);
	printf("%7.1f MiB  needed\n", estimate->total / MIB);
	printf("%7.1f MiB  reserved\n", reserved / MIB);
	if (reserved < estimate->total)
		printf("Put crashkernel=%.0fM on the kernel's command line and reboot.\n",
		       estimate->total / MIB);
}

int cmd_estimate(int argc, char **argv)
{
	struct options options = { 0 };
	const struct verb_option table[] = {
		{ "path", .text = &options.path },
		{ "config", .text = &options.config },
		{ "kernel", .text = &options.kernel },
		{ "json", .flag = &options.json },
		{}
	};
	struct memory_facts facts = { 0 };
	struct memory_estimate estimate;
	struct error error;

	verb_options_read(argc, argv, usage, table, NULL);
	if (!print_unless_root("build the capture initramfs"))
		return EXIT_FAILURE;
	/* load builds the same initramfs. */
	if (armed_lock(ARMED_LOCK_SECONDS, print_progress, &error) ||
	    find_facts(&facts, &options, &error)) {
		print_error(&error);
		return EXIT_FAILURE;
	}
	memory_estimate(&estimate, &facts);
	if (options.json)
		print_as_json(&estimate);
	else
		print_text(&estimate);
	return crash_kernel_reserved() < estimate.total ? EXIT_FAILURE :
							  EXIT_SUCCESS;
}
