// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/json.h"
#include "lib/xalloc.h"
#include "tool/host/config_file.h"
#include "tool/scan/scan.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/dump_text.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define EXIT_FOUND 3

#define PATIENCE 2.0 /* seconds until the first progress is shown */
#define INTERVAL 0.5 /* seconds between two lines of progress */

struct options {
	const char *name;
	const char *path;
	const char *config;
	const char *device;
	const char *key_file;
	bool no_keys;
	bool json;
};

static const char usage[] =
	"Usage: kdump-crypt scan [OPTION]... DUMP\n"
	"Search a dump for the keys of LUKS volumes and for key schedules of AES, and say\n"
	"whether it can be given away. DUMP is a name that kdump-crypt list shows, the\n"
	"directory of a dump, or a vmcore. The keys are those of all LUKS volumes that\n"
	"are open. scan looks for a user key in root's user keyring first. If there is\n"
	"none, it unlocks a keyslot with a token of LUKS2, or asks for a passphrase.\n"
	"\n"
	"  --device DEVICE   search for the key of the LUKS volume on DEVICE only\n"
	"  --key-file FILE   unlock a keyslot with the content of FILE\n"
	"  --no-keys         ask for nothing: search for key schedules of AES only\n"
	"  --path DIRECTORY  look for the dump there (default: as for list)\n"
	"  --config FILE     configuration (default: " CONFIG_DEFAULT_FILE ")\n"
	"  --json            print a JSON object\n"
	"  --help            show this help\n"
	"\n"
	"Exit status: 0 nothing found, 1 failure, or some of the dump cannot be read,\n"
	"2 wrong usage, 3 keys found.\n";

/*
 * Return the name of the complete one if there is neither: opening it gives the
 * reason.
 */
static char *vmcore_in(const char *directory)
{
	char *complete = xasprintf("%s/" DUMP_VMCORE, directory);
	char *incomplete = xasprintf("%s/" DUMP_VMCORE_INCOMPLETE, directory);

	if (!access(complete, F_OK) || access(incomplete, F_OK)) {
		free(incomplete);
		return complete;
	}
	free(complete);
	return incomplete;
}

static char *find_by_name(const struct options *options,
			  const struct text_list *paths)
{
	const struct dump *dump = NULL;
	char *directory, *file = NULL;
	struct dumps dumps;

	if (!dump_text_read(&dumps, paths))
		dump = dump_text_find(&dumps, paths, options->name);
	if (dump) {
		directory = xasprintf("%s/%s", dump->path, dump->name);
		file = vmcore_in(directory);
		free(directory);
	}
	dumps_release(&dumps);
	return file;
}

/* Return NULL after the reason was printed. The caller frees the name. */
static char *find_vmcore(const struct options *options)
{
	struct text_list paths;
	struct stat status;
	char *file = NULL;

	if (!stat(options->name, &status))
		return S_ISDIR(status.st_mode) ? vmcore_in(options->name) :
						 xstrdup(options->name);
	if (!dump_text_paths(&paths, options->path, options->config))
		file = find_by_name(options, &paths);
	text_list_release(&paths);
	return file;
}

/* The progress that the terminal shows. */
static struct {
	struct timespec start;
	double last; /* seconds after that */
	bool shown;
} progress;

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec +
	       (now.tv_nsec - start->tv_nsec) / 1e9;
}

static void show_progress(uint64_t pages, uint64_t page_count)
{
	double seconds = seconds_since(&progress.start);

	if (seconds < PATIENCE || seconds < progress.last + INTERVAL ||
	    !isatty(STDERR_FILENO))
		return;
	progress.last = seconds;
	progress.shown = true;
	fprintf(stderr,
		"\rSearched %3.0f %% of %" PRIu64 " pages, %.0f s left \033[K",
		100.0 * pages / page_count, page_count,
		seconds / pages * (page_count - pages));
}

static void end_progress(void)
{
	if (progress.shown)
		fputs("\r\033[K", stderr);
}

static json_object *describe_volume(const struct scan_volume *volume,
				    const struct known_key *key)
{
	json_object *object = json_object_new_object();
	json_object *halves;
	size_t i;

	json_object_object_add(object, "uuid",
			       json_object_new_string(volume->uuid));
	json_object_object_add(object, "device",
			       json_object_new_string(volume->device));
	json_add_number(object, "whole_keys", key->whole);
	if (key->two_halves) {
		halves = json_object_new_array();
		for (i = 0; i < 2; i++)
			json_object_array_add(halves, json_object_new_int64(
							      key->halves[i]));
		json_object_object_add(object, "halves", halves);
	}
	json_add_number(object, "pieces", key->pieces);
	json_add_number(object, "schedules", key->schedules);
	json_add_number(object, "pages", key->pages.count);
	return object;
}

static void print_as_json(const char *file, const struct scan_volumes *volumes,
			  const struct scan *scan)
{
	json_object *root = json_object_new_object();
	json_object *list = json_object_new_array();
	bool safe = volumes->count && !scan_found_keys(scan) &&
		    !scan->read.unreadable;
	size_t i;

	json_object_object_add(root, "vmcore", json_object_new_string(file));
	json_object_object_add(root, "safe", json_object_new_boolean(safe));
	json_add_number(root, "pages", scan->read.pages);
	json_add_number(root, "unreadable_pages", scan->read.unreadable);
	for (i = 0; i < volumes->count; i++)
		json_object_array_add(list, describe_volume(&volumes->list[i],
							    &volumes->keys[i]));
	json_object_object_add(root, "luks_volumes", list);
	json_add_number(root, "other_schedules", scan->search.other_schedules);
	json_add_number(root, "other_pages", scan->search.other_pages.count);
	print_json(root);
}

static void print_volume(const struct scan_volume *volume,
			 const struct known_key *key)
{
	printf("LUKS volume %s on %s: ", volume->uuid, volume->device);
	if (!key_search_found(key)) {
		puts("nothing of its key");
		return;
	}
	printf("its key\n");
	printf("  pages with any of it   %zu\n", key->pages.count);
	printf("  whole key              %" PRIu64 "\n", key->whole);
	if (key->two_halves)
		printf("  first and second half  %" PRIu64 ", %" PRIu64 "\n",
		       key->halves[0], key->halves[1]);
	printf("  piece at a page's edge %" PRIu64 "\n", key->pieces);
	printf("  AES key schedule       %" PRIu64 "\n", key->schedules);
}

static void print_verdict(const struct scan_volumes *volumes,
			  const struct scan *scan)
{
	bool volume_key = false;
	size_t i;

	for (i = 0; i < volumes->count; i++)
		volume_key |= key_search_found(&volumes->keys[i]);
	if (volume_key)
		puts("Do not give this dump away: it contains the key that opens the volume.");
	else if (scan->search.other_schedules)
		puts("Do not give this dump away before you know whose keys these are.");
	else if (scan->read.unreadable)
		puts("Nothing was found, but some pages of this dump cannot be read.");
	else if (volumes->count)
		puts("This dump can be given away: it contains no key of these volumes.");
	else
		puts("Nothing was found, but this searched for key schedules of AES only, not for volume keys.");
}

static void print_text(const char *file, const struct scan_volumes *volumes,
		       const struct scan *scan)
{
	size_t i;

	printf("%s: searched %" PRIu64 " page%s\n", file, scan->read.pages,
	       scan->read.pages == 1 ? "" : "s");
	if (scan->read.unreadable)
		printf("%" PRIu64 " page%s cannot be read: %s\n",
		       scan->read.unreadable,
		       scan->read.unreadable == 1 ? "" : "s",
		       scan->read.reason);
	for (i = 0; i < volumes->count; i++)
		print_volume(&volumes->list[i], &volumes->keys[i]);
	printf("AES key schedules of %s keys: %" PRIu64 "\n",
	       volumes->count ? "other" : "any", scan->search.other_schedules);
	print_verdict(volumes, scan);
}

static int search(const struct options *options, const char *file,
		  const struct vmcore *vmcore, struct scan_volumes *volumes)
{
	int status = EXIT_FAILURE, ret;
	struct error error;
	struct scan scan;

	clock_gettime(CLOCK_MONOTONIC, &progress.start);
	ret = scan_vmcore(&scan, vmcore, volumes, show_progress, &error);
	end_progress();
	if (ret) {
		print_error(&error);
	} else {
		if (options->json)
			print_as_json(file, volumes, &scan);
		else
			print_text(file, volumes, &scan);
		if (scan_found_keys(&scan))
			status = EXIT_FOUND;
		else if (!scan.read.unreadable)
			status = EXIT_SUCCESS;
	}
	scan_release(&scan);
	return status;
}

static int get_keys(struct scan_volumes *volumes, const struct options *options)
{
	const struct keyslot_source source = { options->key_file,
					       print_progress };
	struct text_list warnings = {};
	struct error error;
	int ret;

	if (options->no_keys)
		return 0;
	ret = scan_volumes_find(volumes, options->device, &source, &warnings,
				&error);
	print_warnings(&warnings);
	if (ret) {
		print_error(&error);
		warnx("the dump was not searched: with --device only one volume's key is needed, with --no-keys none");
	}
	return ret;
}

static int open_and_search(const struct options *options, const char *file)
{
	struct scan_volumes volumes = {};
	int status = EXIT_FAILURE;
	struct vmcore vmcore;
	struct error error;

	if (vmcore_open(&vmcore, file, &error)) {
		print_error(&error);
		return EXIT_FAILURE;
	}
	if (!get_keys(&volumes, options))
		status = search(options, file, &vmcore, &volumes);
	scan_volumes_release(&volumes);
	vmcore_close(&vmcore);
	return status;
}

int cmd_scan(int argc, char **argv)
{
	struct options options = {};
	const struct verb_option table[] = {
		{ "device", .text = &options.device },
		{ "key-file", .text = &options.key_file },
		{ "no-keys", .flag = &options.no_keys },
		{ "path", .text = &options.path },
		{ "config", .text = &options.config },
		{ "json", .flag = &options.json },
		{}
	};
	const struct verb_operands one_dump = {
		1,
		1,
		"the name of one dump, or one vmcore",
	};
	int status = EXIT_FAILURE;
	char *file;

	options.name =
		verb_options_read(argc, argv, usage, table, &one_dump)[0];
	if (options.no_keys && (options.device || options.key_file)) {
		verb_usage_error(
			argv[0],
			"--no-keys needs no key: it excludes --device and --key-file");
	}
	if (!options.no_keys &&
	    !print_unless_root(
		    "search for volume keys: use --no-keys to search for key schedules of AES only"))
		return EXIT_FAILURE;
	file = find_vmcore(&options);
	if (file)
		status = open_and_search(&options, file);
	free(file);
	return status;
}
