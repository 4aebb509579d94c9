// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "armed_state.h"
#include "capture_image.h"
#include "commands.h"
#include "config_file.h"
#include "crash_kernel.h"
#include "kernel_image.h"
#include "memory_estimate.h"
#include "target.h"
#include "verb_options.h"

#define MIB	(1024.0 * 1024)

struct options {
	const char *path;
	const char *config;
	const char *kernel;
	bool json;
};

static const char usage[] =
	"Usage: kdump-crypt estimate [OPTION]...\n"
	"Say how much memory this machine has to reserve for its crash kernel, and what\n"
	"for. The capture initramfs is built for that; nothing is loaded.\n"
	"\n"
	"  --path DIRECTORY  where dumps go (default: path in the configuration,\n"
	"                    or " CONFIG_DEFAULT_PATH ")\n"
	"  --kernel FILE     the crash kernel (default: that of the running one)\n"
	"  --config FILE     configuration (default: " CONFIG_DEFAULT_FILE ")\n"
	"  --json            as a JSON object\n"
	"  --help            show this\n"
	"\n"
	"Exit status: 0 enough is reserved, 1 it is not, or failure, 2 wrong usage.\n";

/* Returns the version for the caller to free, or NULL with the reason printed. */
static char *look_at_kernel(struct memory_facts *facts, const char *file)
{
	char *version = kernel_image_version(file);

	facts->kernel = version ? kernel_image_memory(file) : -1;
	if (facts->kernel >= 0)
		return version;
	kernel_image_warn(file);
	free(version);
	return NULL;
}

static int look_at_initramfs(struct memory_facts *facts, const char *version,
			     const char *path, const struct config *config)
{
	struct targets targets;
	char *file;
	int ret = -1;

	if (targets_find(&targets, path, &config->fallback_paths))
		return -1;
	facts->encrypted = targets.volume_count;
	file = capture_image_build(version, &targets, config);
	if (file)
		ret = initramfs_measure(&facts->initramfs, file);
	free(file);
	targets_release(&targets);
	return ret;
}

static int find_facts(struct memory_facts *facts, const struct options *options)
{
	char *kernel = kernel_image_choose(options->kernel);
	char *version = look_at_kernel(facts, kernel);
	struct config config;
	int ret;

	config_init(&config);
	ret = version ? config_file_read(&config, options->config) : -1;
	if (!ret)
		ret = look_at_initramfs(facts, version,
					options->path ?: config.path, &config);
	config_release(&config);
	free(version);
	free(kernel);
	facts->machine = crash_kernel_machine_memory();
	return ret;
}

static void print_json(const struct memory_estimate *estimate)
{
	json_object *root = json_object_new_object();
	json_object *parts = json_object_new_object();
	size_t i;

	for (i = 0; i < estimate->count; i++)
		json_object_object_add(parts, estimate->parts[i].name,
			json_object_new_int64(estimate->parts[i].bytes));
	json_object_object_add(root, "needed_bytes",
			       json_object_new_int64(estimate->total));
	json_object_object_add(root, "reserved_bytes",
			       json_object_new_int64(crash_kernel_reserved()));
	json_object_object_add(root, "parts", parts);
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	json_object_put(root);
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
		{ }
	};
	struct memory_facts facts = { 0 };
	struct memory_estimate estimate;

	verb_options_read(argc, argv, usage, table, NULL);
	if (geteuid()) {
		warnx("only root can build the capture initramfs");
		return EXIT_FAILURE;
	}
	/* It builds the same initramfs as load does. */
	if (armed_state_lock() || find_facts(&facts, &options))
		return EXIT_FAILURE;
	memory_estimate(&estimate, &facts);
	if (options.json)
		print_json(&estimate);
	else
		print_text(&estimate);
	return crash_kernel_reserved() < estimate.total ? EXIT_FAILURE :
							  EXIT_SUCCESS;
}
