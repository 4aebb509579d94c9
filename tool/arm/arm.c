// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/keyring.h"
#include "lib/xalloc.h"
#include "tool/arm/arm.h"
#include "tool/arm/armed_target.h"
#include "tool/arm/crash_image.h"
#include "tool/arm/renew_module.h"
#include "tool/arm/target_warnings.h"
#include "tool/host/config_file.h"
#include "tool/host/interruption.h"
#include "tool/host/lockdown.h"
#include "tool/host/this_process.h"
#include "tool/image/capture_image.h"
#include "tool/image/initramfs.h"
#include "tool/image/memory_facts.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/keys/key_items.h"
#include "tool/keys/volume_header.h"
#include "tool/storage/hibernation.h"

#define SUSPENDED_MS 2000 /* at most, for waiting until it is resumed */
#define WAIT_MS	     100

static int find_secrets(struct arming *arming, struct text_list *warnings,
			struct error *error)
{
	if (!arming->targets.volume_count && keyring_join_user_keyring(error))
		return -1;
	dump_secrets_find(&arming->secrets, &arming->targets, warnings);
	if (!arming->options->keys.dry_run)
		provide_keys_extend(&arming->secrets.luks_uuids,
				    &arming->options->keys, warnings);
	return 0;
}

/* A dump that exposes keys is better than no dump, so this only warns. */
static int prepare_hiding(struct arming *arming, struct text_list *warnings,
			  struct error *error)
{
	struct error reason;

	if (!arming->config.hide_keys)
		return 0;
	if (key_items_are_built_in()) {
		text_list_add(
			warnings,
			"the dump will contain volume keys: this kernel saves them without the module crash_dm_crypt, which hides them");
		return 0;
	}
	if (find_secrets(arming, warnings, error))
		return -1;
	if (arming->secrets.luks_uuids.count &&
	    provide_keys_list(&arming->options->keys, &reason)) {
		text_list_addf(
			warnings,
			"the dump will contain volume keys, because without the module crash_dm_crypt they cannot be hidden: %s",
			reason.reason);
		dump_secrets_expose(&arming->secrets);
	}
	return 0;
}

/* LVM suspends a volume for a moment to change it. */
static int find_targets(struct arming *arming, struct text_list *warnings,
			struct error *error)
{
	const char *path = arming->options->path ?: arming->config.path;
	unsigned int waits = SUSPENDED_MS / WAIT_MS;
	int ret;

	while ((ret = targets_find(&arming->targets, path,
				   &arming->config.fallback_paths, warnings,
				   error)) &&
	       error->number == EBUSY && waits--)
		usleep(WAIT_MS * 1000);
	return ret;
}

static bool needs_module(const struct arming *arming)
{
	return (arming->targets.volume_count ||
		arming->secrets.luks_uuids.count) &&
	       !key_items_are_built_in();
}

/* A person knows whether the machine will hibernate, so this only warns. */
static void warn_of_hibernation(const struct arming *arming,
				struct text_list *warnings)
{
	char *problem;

	if (!needs_module(arming))
		return;
	problem = hibernation_problem("/proc/swaps", "/proc/self/mountinfo",
				      "/sys");
	if (problem)
		text_list_add(warnings, problem);
	free(problem);
}

static void warn_of_signatures(const struct arming *arming,
			       struct text_list *warnings)
{
	if (!arming->config.module_signatures &&
	    lockdown_requires_signed_modules())
		text_list_add(
			warnings,
			"module_signatures no is ignored: this kernel loads only modules that are signed");
}

int arm_prepare(struct arming *arming, const struct arm_options *options,
		struct messages *messages, struct error *error)
{
	*arming = (struct arming) { .options = options };
	config_init(&arming->config);
	if (config_file_read(&arming->config, options->config,
			     &messages->warnings, error))
		return -1;
	if (!crash_kernel_reserved())
		return error_set(
			error, EADDRNOTAVAIL,
			"no memory is reserved for a crash kernel: run kdump-crypt setup, and reboot");
	if (find_targets(arming, &messages->warnings, error) ||
	    provide_keys_prepare(&arming->targets, &options->keys,
				 &messages->warnings, error))
		return -1;
	target_warnings_add(&messages->warnings, &arming->targets);
	if (prepare_hiding(arming, &messages->warnings, error))
		return -1;
	warn_of_hibernation(arming, &messages->warnings);
	warn_of_signatures(arming, &messages->warnings);
	return 0;
}

void arm_release(struct arming *arming)
{
	dump_secrets_release(&arming->secrets);
	targets_release(&arming->targets);
	config_release(&arming->config);
}

static int record_volumes(struct armed_state *armed,
			  const struct targets *targets, struct error *error)
{
	size_t i;

	for (i = 0; i < targets->volume_count; i++) {
		char *digest =
			volume_key_digest(targets->volumes[i]->device, error);

		if (!digest)
			return -1;
		text_list_add(&armed->luks_uuids,
			      targets->volumes[i]->luks_uuid);
		text_list_add(&armed->key_digests, digest);
		free(digest);
	}
	return 0;
}

static int record_targets(struct armed_state *armed,
			  const struct targets *targets, struct error *error)
{
	size_t i;

	for (i = 0; i < targets->count; i++)
		if (armed_target_record(armed_state_add_target(armed),
					&targets->list[i], error))
			return -1;
	return 0;
}

static void record_hidden(struct armed_state *armed,
			  const struct dump_secrets *secrets)
{
	size_t i;

	for (i = 0; i < secrets->luks_uuids.count; i++) {
		text_list_add(&armed->hidden_luks_uuids,
			      secrets->luks_uuids.items[i]);
		text_list_add(&armed->key_digests,
			      secrets->key_digests.items[i]);
	}
}

static char *absolute(const char *file)
{
	return file ? realpath(file, NULL) : NULL;
}

static int record(struct armed_state *armed, const struct arming *arming,
		  const struct crash_image *image, struct error *error)
{
	const struct arm_options *options = arming->options;

	*armed = (struct armed_state) {
		.path = xstrdup(arming->targets.list[0].path),
		.kernel = xstrdup(image->version),
		.config_option = absolute(options->config),
		.kernel_option = absolute(options->kernel),
		.append_option = xstrdup_or_null(options->append),
		.initramfs = initramfs_state(image->initramfs),
		.kernel_file = absolute(image->kernel),
		.initramfs_file = capture_image_file(image->version),
		.command_line = xstrdup(image->command_line),
		.needed = memory_facts_needed(image->kernel, image->initramfs,
					      &arming->targets,
					      &arming->config),
		.time = time(NULL),
		.pid = getpid(),
		.command = this_process_command("/proc/self/cmdline"),
		.unit = this_process_unit("/proc/self/cgroup"),
	};
	if (record_volumes(armed, &arming->targets, error) ||
	    record_targets(armed, &arming->targets, error))
		return -1;
	record_hidden(armed, &arming->secrets);
	return 0;
}

/*
 * The record and the list of keys describe a crash kernel that is not loaded.
 * Its keys may be in the keyring.
 */
static void forget_armed(struct text_list *warnings)
{
	struct error error;

	if (key_items_available() && key_items_clear(&error))
		text_list_add(warnings, error.reason);
	if (armed_state_keep(&error))
		text_list_add(warnings, error.reason);
}

/* Make the list of keys again that of the crash kernel that stays loaded. */
static void restore_key_items(struct text_list *warnings)
{
	struct armed_state old;
	struct error error;

	if (!key_items_available() || armed_state_read(&old, NULL))
		return;
	if (key_items_set(&old.luks_uuids, &old.hidden_luks_uuids, &error))
		text_list_add(warnings, error.reason);
	armed_state_release(&old);
}

/* The kernel gives up the old crash kernel in most failed loads, not in all. */
static void clean_up_failed_load(struct text_list *warnings)
{
	armed_state_discard();
	if (!crash_kernel_is_loaded()) {
		forget_armed(warnings);
		return;
	}
	restore_key_items(warnings);
	text_list_add(warnings,
		      "the crash kernel that was loaded before stays loaded");
}

/*
 * Load the crash kernel, and record it. No signal ends the program in between,
 * not even one that interruption_hold() leaves alone.
 */
static int load_and_record(const struct crash_image *image,
			   const struct armed_state *armed,
			   struct text_list *warnings, struct error *error)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	ret = crash_kernel_load(image->kernel, image->initramfs,
				image->command_line, error);
	if (ret)
		clean_up_failed_load(warnings);
	else
		ret = armed_state_commit(error);
	if (!ret && crash_kernel_loads() < armed->loads)
		ret = error_set(
			error, EIO,
			"the hooks of the module crash_dm_crypt do not run, so the crash kernel has no keys (see the kernel log): reboot");
	if (!ret && crash_kernel_loads() != armed->loads)
		ret = error_set(
			error, EBUSY,
			"another program has loaded a crash kernel at the same time: run kdump-crypt load again");
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ret;
}

/* Write down what is about to be loaded, as what number. */
static int stage(struct armed_state *armed, struct error *error)
{
	armed->loads = crash_kernel_loads();
	if (armed->loads >= 0)
		armed->loads++;
	return armed_state_stage(armed, error);
}

/* Call interruption_release() once the user was told. */
static int arm_as(struct armed_state *armed, const struct arming *arming,
		  const struct crash_image *image, struct messages *messages,
		  struct error *error)
{
	const struct key_options *keys = &arming->options->keys;

	interruption_hold();
	/* It also shortens the crash kernel's digest, which is no must. */
	key_items_prepare(NULL);
	/* If the record cannot be written, the one that is loaded stays. */
	if ((needs_module(arming) && renew_module(image->version, error)) ||
	    provide_keys(&arming->targets, &armed->hidden_luks_uuids, keys,
			 messages, error) ||
	    stage(armed, error)) {
		clean_up_failed_load(&messages->warnings);
		return -1;
	}
	if (load_and_record(image, armed, &messages->warnings, error))
		return -1;
	provide_keys_done(&armed->luks_uuids, keys, &messages->warnings);
	provide_keys_done(&armed->hidden_luks_uuids, keys, &messages->warnings);
	armed_state_forget_kept();
	return 0;
}

int arm(const struct arming *arming, struct armed_state *armed,
	struct messages *messages, struct error *error)
{
	struct crash_image image;
	int ret;

	*armed = (struct armed_state) {};
	/* The image that is only tried must not stay behind. */
	if (arming->options->keys.dry_run)
		interruption_hold();
	ret = crash_image_make(&image, arming, needs_module(arming), messages,
			       error);
	if (!ret)
		ret = record(armed, arming, &image, error);
	if (!ret && arming->options->keys.dry_run)
		ret = provide_keys_check(&arming->targets, &messages->warnings,
					 error);
	else if (!ret)
		ret = arm_as(armed, arming, &image, messages, error);
	if (image.version && arming->options->keys.dry_run)
		capture_image_end_trial(image.version);
	crash_image_release(&image);
	if (ret)
		armed_state_release(armed);
	return ret;
}
