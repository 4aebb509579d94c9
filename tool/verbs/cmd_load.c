// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/boot_parameters.h"
#include "lib/keyring.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/arm/armed_state.h"
#include "tool/arm/dump_secrets.h"
#include "tool/arm/loaded_keys.h"
#include "tool/host/config_file.h"
#include "tool/host/other_tools.h"
#include "tool/image/capture_image.h"
#include "tool/image/initramfs.h"
#include "tool/kexec/crash_command_line.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/kexec/kernel_image.h"
#include "tool/keys/key_check.h"
#include "tool/keys/key_items.h"
#include "tool/keys/keyslot.h"
#include "tool/keys/volume_header.h"
#include "tool/keys/volume_key.h"
#include "tool/storage/targets.h"
#include "tool/verbs/commands.h"
#include "tool/verbs/print.h"
#include "tool/verbs/verb_options.h"

#define DEFAULT_KEY_TIMEOUT 300 /* seconds */
#define MAX_EXPOSED	    8	/* named on a command line of 2 KiB */

struct options {
	const char *config; /* NULL: the default, which may be missing */
	const char *path;
	const char *kernel;
	const char *append;
	const char *key_file;
	unsigned int key_timeout;
	bool keep_key;
};

static const char usage[] =
	"Usage: kdump-crypt load [OPTION]...\n"
	"       kdump-crypt reload [OPTION]...\n"
	"Load a crash kernel that writes its dump to the filesystem at the dump path,\n"
	"and give it the key of every LUKS volume under it. A key is taken from root's\n"
	"user keyring, or a keyslot is unlocked with a passphrase or a key file.\n"
	"reload does it as the last load did, but for the options given now; the keys\n"
	"come from the crash kernel that is loaded.\n"
	"\n"
	"  --path DIRECTORY       where dumps go (default: path in the configuration,\n"
	"                         or " CONFIG_DEFAULT_PATH ")\n"
	"  --key-file FILE        unlock a keyslot with the content of FILE\n"
	"  --key-timeout SECONDS  when the volume key in the keyring expires, should\n"
	"                         it not have been removed by then (default: " TEXT_OF(
		DEFAULT_KEY_TIMEOUT) ")\n"
				     "  --keep-key             leave the key in the keyring until it expires\n"
				     "  --kernel FILE          the crash kernel (default: that of the running one)\n"
				     "  --append PARAMETERS    add to the crash kernel's command line\n"
				     "  --config FILE          configuration (default: " CONFIG_DEFAULT_FILE
				     ")\n"
				     "  --help                 show this\n"
				     "\n"
				     "Exit status: 0 armed, 1 not armed, 2 wrong usage.\n";

static int fail(const struct error *error)
{
	print_error(error);
	return -1;
}

static int parse_timeout(const char *text, unsigned int *timeout,
			 struct error *error)
{
	unsigned long seconds;
	char *end;

	errno = 0;
	seconds = strtoul(text, &end, 10);
	if (errno || end == text || *end || text[0] == '-' || !seconds ||
	    seconds > INT_MAX)
		return error_set(error, EINVAL,
				 "\"%s\" is not a number of seconds", text);
	*timeout = seconds;
	return 0;
}

static bool is_in_keyring(const struct target_volume *volume)
{
	char *description = volume_key_description(volume->luks_uuid);
	bool found = !volume_key_find(description, NULL);

	free(description);
	return found;
}

/* Whether the crash kernel that is loaded has a key for the volume. */
static bool was_loaded(const struct target_volume *volume,
		       struct armed_state *state)
{
	if (!crash_kernel_is_loaded() || key_items_saved() <= 0 ||
	    armed_state_read(state))
		return false;
	if (text_list_has(&state->luks_uuids, volume->luks_uuid) ||
	    text_list_has(&state->hidden_luks_uuids, volume->luks_uuid))
		return true;
	armed_state_release(state);
	return false;
}

/*
 * Whether the kernel would find the key now, or take it from the crash kernel
 * that is loaded: what cannot be replaced must not be given up.
 */
static bool kernel_has_key(const struct target_volume *volume)
{
	struct armed_state state;
	bool found = is_in_keyring(volume);

	if (!found && was_loaded(volume, &state)) {
		found = loaded_keys_include(&state, volume->device);
		armed_state_release(&state);
	}
	return found;
}

static int check_key(const struct target_volume *volume)
{
	struct text_list warnings = {};
	struct error error = {};
	int ret = key_check(volume, &warnings, &error);

	print_warnings(&warnings);
	if (ret)
		print_error(&error);
	return ret;
}

/* One that is in the keyring is tried, as nobody else does. */
static bool kernel_has_right_key(const struct target_volume *volume)
{
	return kernel_has_key(volume) &&
	       (!is_in_keyring(volume) || !check_key(volume));
}

/* Why a passphrase has to be asked for, where one would not expect that. */
static void warn_of_stale_key(const struct target_volume *volume)
{
	char *description = volume_key_description(volume->luks_uuid);
	struct armed_state state;
	struct error error = {};

	if (volume_key_find(description, &error) && error.number == EKEYEXPIRED)
		warnx("the volume key in the keyring has expired");
	if (was_loaded(volume, &state)) {
		warnx("the key of the LUKS volume on %s has changed since the crash kernel was loaded",
		      volume->device);
		armed_state_release(&state);
	}
	free(description);
}

/* All that can be known to fail before anything takes its time. */
static int prepare_keys(const struct targets *targets,
			const struct options *options)
{
	const struct keyslot_source source = { .key_file = options->key_file };
	struct error error = {};
	size_t i;

	for (i = 0; i < targets->count; i++)
		if (!targets->list[i].stack.volume_count)
			warnx("%s is not on an encrypted volume: a dump will be written there as it is, without keys",
			      targets->list[i].path);
	if (!targets->volume_count)
		return 0;
	for (i = 0; i < targets->volume_count; i++)
		if (volume_check(targets->volumes[i]->device,
				 targets->volumes[i]->luks_uuid, &error))
			return fail(&error);
	if (key_items_prepare(&error) || keyring_join_user_keyring(&error))
		return fail(&error);
	for (i = 0; i < targets->volume_count; i++) {
		if (kernel_has_key(targets->volumes[i]))
			continue;
		warn_of_stale_key(targets->volumes[i]);
		if (keyslot_check_source(&source, targets->volumes[i]->device,
					 &error)) {
			if (error.number == ENOTTY)
				error_prefix(
					&error,
					"the volume key is not in the keyring");
			return fail(&error);
		}
	}
	return 0;
}

/* One that is in the keyring: from now on it has so long. */
static int renew_key(const char *description, const struct options *options)
{
	struct error error = {};

	if (!volume_key_find(description, NULL) &&
	    volume_key_set_timeout(description, options->key_timeout, &error))
		return fail(&error);
	return 0;
}

/* Lest one expire before the crash kernel is loaded, which would then fail. */
static void renew_keys(const struct text_list *luks_uuids,
		       const struct options *options)
{
	size_t i;

	for (i = 0; i < luks_uuids->count; i++) {
		char *description =
			volume_key_description(luks_uuids->items[i]);

		renew_key(description, options);
		free(description);
	}
}

/* What a dump would hold, and what of it can be hidden. */
static int prepare_hiding(struct dump_secrets *secrets,
			  const struct targets *targets,
			  const struct config *config,
			  const struct options *options)
{
	struct error error;

	*secrets = (struct dump_secrets) {};
	if (!config->hide_keys)
		return 0;
	if (key_items_are_built_in()) {
		warnx("the dump will contain volume keys: this kernel saves them without the module crash_dm_crypt, which hides them");
		return 0;
	}
	if (!targets->volume_count && keyring_join_user_keyring(&error)) {
		print_error(&error);
		return -1;
	}
	dump_secrets_find(secrets, targets, kernel_has_right_key);
	renew_keys(&secrets->luks_uuids, options);
	/* The dump is worth more than what it gives away. */
	if (secrets->luks_uuids.count && key_items_prepare(NULL)) {
		warnx("the dump will contain volume keys: without the module crash_dm_crypt they cannot be hidden");
		dump_secrets_expose(secrets);
	}
	return 0;
}

/* The key of a volume into the keyring, unless the kernel has it. */
static int provide_key(const struct target_volume *volume,
		       const struct options *options)
{
	const struct keyslot_source source = { options->key_file,
					       print_progress };
	char *description = volume_key_description(volume->luks_uuid);
	struct error error = {};
	int ret;

	if (kernel_has_key(volume)) {
		ret = renew_key(description, options);
	} else {
		ret = volume_key_link(volume->device, description, &source,
				      options->key_timeout, &error);
		if (ret)
			print_error(&error);
	}
	free(description);
	return ret;
}

/*
 * The keys of all volumes, and items that name them. A wrong key would not be
 * noticed before the crash. One that comes from the loaded crash kernel was
 * tried when that was loaded.
 */
static int provide_keys(const struct targets *targets,
			const struct armed_state *state,
			const struct options *options)
{
	struct error error = {};
	size_t i;

	if (!targets->volume_count && !key_items_available())
		return 0;
	for (i = 0; i < targets->volume_count; i++)
		if (provide_key(targets->volumes[i], options))
			return -1;
	for (i = 0; i < targets->volume_count; i++)
		if (is_in_keyring(targets->volumes[i]) &&
		    check_key(targets->volumes[i]))
			return -1;
	if (key_items_set(&state->luks_uuids, &state->hidden_luks_uuids,
			  &error))
		return fail(&error);
	return 0;
}

/* The keyring's copies have done their work. */
static void drop_keys(const struct text_list *luks_uuids)
{
	struct error error = {};
	size_t i;

	for (i = 0; i < luks_uuids->count; i++) {
		char *description =
			volume_key_description(luks_uuids->items[i]);

		if (!volume_key_find(description, NULL) &&
		    volume_key_invalidate(description, &error))
			warnx("%s: it stays in the keyring until it expires",
			      error.reason);
		free(description);
	}
}

/* What is appended to the command line, for the caller to free. */
static char *append_parameters(const struct options *options,
			       const struct text_list *exposed)
{
	struct text_list named = {};
	char *names, *parameters;
	size_t i;

	if (!exposed->count)
		return xstrdup(options->append ?: "");
	for (i = 0; i < exposed->count && i < MAX_EXPOSED; i++)
		text_list_add(&named, exposed->items[i]);
	if (i < exposed->count)
		text_list_add(&named, "...");
	names = text_list_join(&named, ",");
	parameters = xasprintf(BOOT_EXPOSED_VOLUMES "=%s %s", names,
			       options->append ?: "");
	free(names);
	text_list_release(&named);
	return parameters;
}

static int load_crash_kernel(const struct options *options, const char *kernel,
			     const char *initramfs,
			     const struct text_list *exposed)
{
	struct error error;
	char *running = textfile_read("/proc/cmdline", &error);
	char *command_line, *append;
	int ret;

	if (!running) {
		print_error(&error);
		return -1;
	}
	append = append_parameters(options, exposed);
	command_line = crash_command_line_make(running, append);
	ret = crash_kernel_load(kernel, initramfs, command_line, &error);
	if (ret)
		print_error(&error);
	free(command_line);
	free(append);
	free(running);
	return ret;
}

static void print_armed(const struct armed_state *state)
{
	size_t i;

	printf("Armed: a crash dump goes to %s", state->path);
	for (i = 0; i < state->luks_uuids.count; i++)
		printf(", on LUKS volume %s", state->luks_uuids.items[i]);
	printf(".\n");
}

/* It counts which was loaded last. */
static void warn_of_other_tools(void)
{
	char *others = other_tools_describe();

	if (others)
		warnx("%s is enabled, too, and will load another crash kernel in place of this one when it is started: type kdump-crypt setup, which disables it",
		      others);
	free(others);
}

static int arm_as(const struct armed_state *state,
		  const struct targets *targets, const struct options *options,
		  const char *kernel, const char *initramfs,
		  const struct text_list *exposed)
{
	if (provide_keys(targets, state, options)) {
		if (crash_kernel_is_loaded())
			warnx("the crash kernel that was loaded before stays loaded");
		return -1;
	}
	if (load_crash_kernel(options, kernel, initramfs, exposed)) {
		if (key_items_available())
			key_items_clear(NULL);
		armed_state_remove();
		return -1;
	}
	if (!options->keep_key) {
		drop_keys(&state->luks_uuids);
		drop_keys(&state->hidden_luks_uuids);
	}
	if (armed_state_write(state))
		return -1;
	print_armed(state);
	warn_of_other_tools();
	return 0;
}

static int record_volumes(struct armed_state *state,
			  const struct targets *targets)
{
	struct error error = {};
	size_t i;

	for (i = 0; i < targets->volume_count; i++) {
		char *digest =
			volume_key_digest(targets->volumes[i]->device, &error);

		if (!digest)
			return fail(&error);
		text_list_add(&state->luks_uuids,
			      targets->volumes[i]->luks_uuid);
		text_list_add(&state->key_digests, digest);
		free(digest);
	}
	return 0;
}

static void record_hidden(struct armed_state *state,
			  const struct dump_secrets *secrets)
{
	size_t i;

	for (i = 0; i < secrets->luks_uuids.count; i++) {
		text_list_add(&state->hidden_luks_uuids,
			      secrets->luks_uuids.items[i]);
		text_list_add(&state->key_digests,
			      secrets->key_digests.items[i]);
	}
}

static int record_filesystems(struct armed_state *state,
			      const struct targets *targets)
{
	struct error error;
	size_t i;

	for (i = 0; i < targets->count; i++) {
		char *uuid = target_filesystem_uuid(&targets->list[i], &error);

		if (!uuid) {
			print_error(&error);
			return -1;
		}
		text_list_add(&state->filesystem_uuids, uuid);
		free(uuid);
	}
	return 0;
}

static char *absolute(const char *file)
{
	return file ? realpath(file, NULL) : NULL;
}

static int arm(const struct targets *targets,
	       const struct dump_secrets *secrets,
	       const struct options *options, const char *kernel,
	       const char *version, const char *initramfs)
{
	struct armed_state state = {
		.path = targets->list[0].path,
		.kernel = (char *)version,
		.config_option = absolute(options->config),
		.kernel_option = absolute(options->kernel),
		.append_option = (char *)options->append,
		.initramfs = initramfs_state(initramfs),
	};
	int ret = -1;

	if (!record_volumes(&state, targets) &&
	    !record_filesystems(&state, targets)) {
		record_hidden(&state, secrets);
		ret = arm_as(&state, targets, options, kernel, initramfs,
			     &secrets->exposed);
	}
	text_list_release(&state.luks_uuids);
	text_list_release(&state.hidden_luks_uuids);
	text_list_release(&state.key_digests);
	text_list_release(&state.filesystem_uuids);
	free(state.initramfs);
	free(state.config_option);
	free(state.kernel_option);
	return ret;
}

static bool needs_module(const struct targets *targets,
			 const struct dump_secrets *secrets)
{
	return (targets->volume_count || secrets->luks_uuids.count) &&
	       !key_items_are_built_in();
}

static int check_module(const char *version)
{
	struct error error = {};

	if (key_items_check_module(version, &error))
		return fail(&error);
	return 0;
}

static int build_and_arm(const struct targets *targets,
			 const struct dump_secrets *secrets,
			 const struct config *config,
			 const struct options *options)
{
	struct error error;
	char *kernel = kernel_image_choose(options->kernel);
	char *version = kernel_image_version(kernel, &error), *initramfs = NULL;
	int ret = -1;

	if (!version)
		print_error(&error);
	else if (!needs_module(targets, secrets) || !check_module(version))
		initramfs = capture_image_build(version, targets, config);
	if (initramfs)
		ret = arm(targets, secrets, options, kernel, version,
			  initramfs);
	free(initramfs);
	free(version);
	free(kernel);
	return ret;
}

static int load(const struct options *options, struct config *config)
{
	struct dump_secrets secrets = {};
	struct targets targets;
	struct error error;
	int ret;

	if (config_file_read(config, options->config, &error)) {
		print_error(&error);
		return -1;
	}
	if (!crash_kernel_reserved()) {
		warnx("no memory is reserved for a crash kernel: type kdump-crypt setup, and reboot");
		return -1;
	}
	if (armed_state_lock())
		return -1;
	if (targets_find(&targets, options->path ?: config->path,
			 &config->fallback_paths, &error)) {
		print_error(&error);
		return -1;
	}
	ret = prepare_keys(&targets, options);
	if (!ret)
		ret = prepare_hiding(&secrets, &targets, config, options);
	if (!ret)
		ret = build_and_arm(&targets, &secrets, config, options);
	dump_secrets_release(&secrets);
	targets_release(&targets);
	return ret;
}

static int load_as_root(const struct options *options)
{
	struct config config;
	int ret;

	if (geteuid()) {
		warnx("only root can load a crash kernel");
		return EXIT_FAILURE;
	}
	config_init(&config);
	ret = load(options, &config);
	config_release(&config);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void read_options(struct options *options, int argc, char **argv)
{
	const struct verb_option table[] = {
		{ "config", .text = &options->config },
		{ "path", .text = &options->path },
		{ "kernel", .text = &options->kernel },
		{ "append", .text = &options->append },
		{ "key-file", .text = &options->key_file },
		{ "key-timeout", .number = &options->key_timeout,
		  .parse_number = parse_timeout },
		{ "keep-key", .flag = &options->keep_key },
		{}
	};

	*options = (struct options) { .key_timeout = DEFAULT_KEY_TIMEOUT };
	verb_options_read(argc, argv, usage, table, NULL);
}

int cmd_load(int argc, char **argv)
{
	struct options options;

	read_options(&options, argc, argv);
	return load_as_root(&options);
}

int cmd_reload(int argc, char **argv)
{
	struct options options;
	struct armed_state state;
	int ret;

	read_options(&options, argc, argv);
	if (armed_state_read(&state)) {
		warnx("nothing is loaded that could be loaded again: type kdump-crypt load");
		return EXIT_FAILURE;
	}
	options.config = options.config ?: state.config_option;
	options.path = options.path ?: state.path;
	options.kernel = options.kernel ?: state.kernel_option;
	options.append = options.append ?: state.append_option;
	ret = load_as_root(&options);
	armed_state_release(&state);
	return ret;
}
