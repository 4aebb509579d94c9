// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/keyring.h"
#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/host/config_file.h"
#include "tool/keys/open_volumes.h"
#include "tool/keys/volume_header.h"
#include "tool/keys/volume_key.h"
#include "tool/scan/key_search.h"
#include "tool/scan/vmcore.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/dump_text.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define EXIT_FOUND 3

#define PATIENCE      2.0  /* seconds without a word */
#define PAGES_BETWEEN 1024 /* looks at the clock */

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
	"Look through a dump for the keys of LUKS volumes and for key schedules of AES,\n"
	"and say whether it can be given away. DUMP is what kdump-crypt list calls it,\n"
	"the directory of a dump, or a vmcore. The keys that are looked for are those of\n"
	"the LUKS volumes that are open; a passphrase of each is asked for.\n"
	"\n"
	"  --device DEVICE   look for the key of the LUKS volume on DEVICE only\n"
	"  --key-file FILE   unlock a keyslot with the content of FILE\n"
	"  --no-keys         ask for nothing: look for key schedules of AES only\n"
	"  --path DIRECTORY  where the dump is (default: path and fallback_path in the\n"
	"                    configuration, or " CONFIG_DEFAULT_PATH ")\n"
	"  --config FILE     configuration (default: " CONFIG_DEFAULT_FILE ")\n"
	"  --json            as a JSON object\n"
	"  --help            show this\n"
	"\n"
	"Exit status: 0 nothing found, 1 failure, or some of the dump cannot be read,\n"
	"2 wrong usage, 3 keys found.\n";

/* A LUKS volume whose key is looked for. */
struct volume {
	char *uuid;
	char *device;
	struct volume_key key;
};

struct volumes {
	struct volume *list;
	struct known_key *keys; /* what is found of each */
	size_t count;
};

/* Where there is neither, opening it tells that the first is not there. */
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

/* The vmcore, for the caller to free; NULL after the reason was printed. */
static char *find_vmcore(const struct options *options)
{
	struct text_list paths;
	struct error error;
	struct stat status;
	char *file = NULL;

	if (!stat(options->name, &status))
		return S_ISDIR(status.st_mode) ? vmcore_in(options->name) :
						 xstrdup(options->name);
	if (config_file_dump_paths(&paths, options->path, options->config,
				   &error))
		print_error(&error);
	else
		file = find_by_name(options, &paths);
	text_list_release(&paths);
	return file;
}

/* Only who possesses a key may read it. */
static void possess_user_keyring(void)
{
	struct error error;

	if (keyring_join_user_keyring(&error))
		print_error(&error);
}

static void append_volume(struct volumes *volumes, const char *device,
			  struct crypt_device *header,
			  const struct volume_key *key)
{
	size_t count = volumes->count + 1;

	volumes->list = xrealloc(volumes->list, count * sizeof(*volumes->list));
	volumes->keys = xrealloc(volumes->keys, count * sizeof(*volumes->keys));
	volumes->list[volumes->count] = (struct volume) {
		.uuid = xstrdup(crypt_get_uuid(header)),
		.device = xstrdup(device),
		.key = *key,
	};
	volumes->keys[volumes->count] = (struct known_key) {
		.key = (const uint8_t *)key->bytes,
		.size = key->size,
		.two_halves =
			starts_with(crypt_get_cipher_mode(header), "xts-"),
	};
	volumes->count = count;
}

static int add_volume(struct volumes *volumes, const char *device,
		      const char *key_file)
{
	const struct keyslot_source source = { key_file, print_progress };
	struct error error = {};
	struct crypt_device *header = volume_header_open(device, &error);
	struct volume_key key;
	int ret;

	if (!header) {
		print_error(&error);
		return -1;
	}
	ret = volume_check(device, crypt_get_uuid(header), &error);
	if (!ret)
		ret = volume_key_get(&key, device, &source, &error);
	if (!ret)
		append_volume(volumes, device, header, &key);
	crypt_free(header);
	if (ret)
		print_error(&error);
	return ret;
}

static void release_volumes(struct volumes *volumes)
{
	size_t i;

	for (i = 0; i < volumes->count; i++) {
		volume_key_release(&volumes->list[i].key);
		free(volumes->list[i].device);
		free(volumes->list[i].uuid);
	}
	free(volumes->keys);
	free(volumes->list);
}

static int get_keys(struct volumes *volumes, const struct options *options)
{
	struct text_list devices = {};
	int ret = 0;
	size_t i;

	if (options->no_keys)
		return 0;
	possess_user_keyring();
	if (options->device)
		text_list_add(&devices, options->device);
	else
		open_volumes_find(&devices, "/sys");
	for (i = 0; i < devices.count && !ret; i++)
		ret = add_volume(volumes, devices.items[i], options->key_file);
	text_list_release(&devices);
	if (ret)
		warnx("the dump was not looked at; with --device only one volume's key is needed, with --no-keys none");
	return ret;
}

/* How far it is, on a terminal. */
struct progress {
	bool shown;
	uint64_t pages, of;
	struct timespec start;
	double last;
};

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec +
	       (now.tv_nsec - start->tv_nsec) / 1e9;
}

static void show_progress(struct progress *progress)
{
	double seconds = seconds_since(&progress->start);
	double left;

	if (seconds < PATIENCE || seconds < progress->last + 0.5 ||
	    !isatty(STDERR_FILENO))
		return;
	progress->last = seconds;
	progress->shown = true;
	left = seconds / progress->pages * (progress->of - progress->pages);
	fprintf(stderr,
		"\rLooked through %3.0f %% of %" PRIu64
		" pages, %.0f s left \033[K",
		100.0 * progress->pages / progress->of, progress->of, left);
}

static void end_progress(const struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
}

struct scan {
	struct key_search search;
	struct progress progress;
};

static void scan_page(uint64_t address, const void *page, void *context)
{
	struct scan *scan = context;

	key_search_page(&scan->search, address, page);
	if (++scan->progress.pages % PAGES_BETWEEN == 0)
		show_progress(&scan->progress);
}

static bool are_found(const struct key_search *search)
{
	bool found = search->other_pages.count;
	size_t i;

	for (i = 0; i < search->key_count; i++)
		found |= key_search_found(&search->keys[i]);
	return found;
}

static void add_number(json_object *object, const char *name, uint64_t number)
{
	json_object_object_add(object, name, json_object_new_int64(number));
}

static json_object *describe_volume(const struct volume *volume,
				    const struct known_key *key)
{
	json_object *object = json_object_new_object();
	json_object *halves;
	size_t i;

	json_object_object_add(object, "uuid",
			       json_object_new_string(volume->uuid));
	json_object_object_add(object, "device",
			       json_object_new_string(volume->device));
	add_number(object, "whole_keys", key->whole);
	if (key->two_halves) {
		halves = json_object_new_array();
		for (i = 0; i < 2; i++)
			json_object_array_add(halves, json_object_new_int64(
							      key->halves[i]));
		json_object_object_add(object, "halves", halves);
	}
	add_number(object, "pieces", key->pieces);
	add_number(object, "schedules", key->schedules);
	add_number(object, "pages", key->pages.count);
	return object;
}

static void print_as_json(const char *file, const struct volumes *volumes,
			  const struct key_search *search,
			  const struct vmcore_read *read)
{
	json_object *root = json_object_new_object();
	json_object *list = json_object_new_array();
	bool safe = volumes->count && !are_found(search) && !read->unreadable;
	size_t i;

	json_object_object_add(root, "vmcore", json_object_new_string(file));
	json_object_object_add(root, "safe", json_object_new_boolean(safe));
	add_number(root, "pages", read->pages);
	add_number(root, "unreadable_pages", read->unreadable);
	for (i = 0; i < volumes->count; i++)
		json_object_array_add(list, describe_volume(&volumes->list[i],
							    &volumes->keys[i]));
	json_object_object_add(root, "luks_volumes", list);
	add_number(root, "other_schedules", search->other_schedules);
	add_number(root, "other_pages", search->other_pages.count);
	print_json(root);
}

static void print_volume(const struct volume *volume,
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

static void print_verdict(const struct volumes *volumes,
			  const struct key_search *search,
			  const struct vmcore_read *read)
{
	bool volume_key = false;
	size_t i;

	for (i = 0; i < volumes->count; i++)
		volume_key |= key_search_found(&volumes->keys[i]);
	if (volume_key)
		puts("Do not give this dump away: who has it can read the volume.");
	else if (search->other_schedules)
		puts("Do not give this dump away before it is known whose keys these are.");
	else if (read->unreadable)
		puts("Nothing was found, but not all of this dump could be read.");
	else if (volumes->count)
		puts("This dump can be given away, as far as the keys of these volumes go.");
	else
		puts("Nothing was found, but no volume's key was looked for, only key schedules of AES.");
}

static void print_text(const char *file, const struct volumes *volumes,
		       const struct key_search *search,
		       const struct vmcore_read *read)
{
	size_t i;

	printf("%s: looked through %" PRIu64 " pages\n", file, read->pages);
	if (read->unreadable)
		printf("%" PRIu64 " pages cannot be read: %s\n",
		       read->unreadable, read->reason);
	for (i = 0; i < volumes->count; i++)
		print_volume(&volumes->list[i], &volumes->keys[i]);
	printf("AES key schedules of %s keys: %" PRIu64 "\n",
	       volumes->count ? "other" : "any", search->other_schedules);
	print_verdict(volumes, search, read);
}

/* What is made of the keys, and read of the dump, by libkdumpfile as well. */
static void keep_out_of_swap(void)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		warn("cannot keep what is in the dump out of swap");
}

static int scan(const struct options *options, const char *file,
		const struct vmcore *vmcore, struct volumes *volumes)
{
	struct scan scan = { .progress.of = vmcore->page_count };
	struct vmcore_read read;
	int status = EXIT_FAILURE;

	if (volumes->count)
		keep_out_of_swap();
	clock_gettime(CLOCK_MONOTONIC, &scan.progress.start);
	key_search_init(&scan.search, volumes->keys, volumes->count,
			vmcore->page_size);
	if (!vmcore_read_pages(vmcore, &read, scan_page, &scan)) {
		key_search_finish(&scan.search);
		end_progress(&scan.progress);
		if (options->json)
			print_as_json(file, volumes, &scan.search, &read);
		else
			print_text(file, volumes, &scan.search, &read);
		if (are_found(&scan.search))
			status = EXIT_FOUND;
		else if (!read.unreadable)
			status = EXIT_SUCCESS;
	}
	free(read.reason);
	key_search_release(&scan.search);
	return status;
}

static int open_and_scan(const struct options *options, const char *file)
{
	struct volumes volumes = {};
	struct vmcore vmcore;
	int status = EXIT_FAILURE;

	if (vmcore_open(&vmcore, file))
		return EXIT_FAILURE;
	if (!get_keys(&volumes, options))
		status = scan(options, file, &vmcore, &volumes);
	release_volumes(&volumes);
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
		warnx("--no-keys looks for no key, so --device and --key-file are of no use");
		return EXIT_USAGE;
	}
	if (!options.no_keys && geteuid()) {
		warnx("only root can look for the keys of volumes: use --no-keys to look for key schedules of AES only");
		return EXIT_FAILURE;
	}
	file = find_vmcore(&options);
	if (file)
		status = open_and_scan(&options, file);
	free(file);
	return status;
}
