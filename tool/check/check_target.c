// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/check/check_facts.h"
#include "tool/check/reservation.h"
#include "tool/host/config_file.h"
#include "tool/host/other_tools.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/keys/volume_header.h"
#include "tool/setup/kernel_parameter.h"
#include "tool/storage/twins.h"

void check_configuration(struct check *check, struct facts *facts)
{
	const char *file = facts->config_option ?: facts->armed.config_option;
	struct text_list warnings = {};
	struct error error;
	char *joined;

	facts->is_configured =
		!config_file_read(&facts->config, file, &warnings, &error);
	joined = text_list_join(&warnings, "; ");
	if (!facts->is_configured)
		check_fail_for(check, "correct it, then " CHECK_LOAD, &error,
			       &warnings);
	else if (joined)
		check_warn(check, "remove what kdump-crypt ignores", "%s",
			   joined);
	else if (file || !access(CONFIG_DEFAULT_FILE, F_OK))
		check_pass(check, "%s is valid", file ?: CONFIG_DEFAULT_FILE);
	else
		check_pass(check, "%s does not exist, so the defaults apply",
			   CONFIG_DEFAULT_FILE);
	free(joined);
	text_list_release(&warnings);
}

void check_crash_kernel(struct check *check, struct facts *facts)
{
	const char *remedy = reservation_remedy(crash_kernel_reserved(), 0,
						kernel_parameter_file());

	if (facts_armed(facts))
		check_pass(check, "a crash kernel is loaded: %s",
			   facts->armed.kernel);
	else if (crash_kernel_is_loaded())
		check_fail(check, CHECK_LOAD,
			   "a crash kernel is loaded, but not by kdump-crypt");
	else if (remedy)
		check_fail(
			check, remedy,
			"no crash kernel is loaded, because no memory is reserved for it");
	else
		check_fail(check, CHECK_LOAD, "no crash kernel is loaded");
}

void check_other_tools(struct check *check, struct facts *facts)
{
	char *others = other_tools_describe();

	(void)facts;
	if (others)
		check_warn(
			check, "run kdump-crypt setup, which disables it",
			"%s is enabled and loads a crash kernel in place of this one",
			others);
	else
		check_pass(check, "no other tool loads a crash kernel");
	free(others);
}

#define CHANGE_PATH   "mount a suitable filesystem there, or choose another path"
#define CHANGE_VOLUME "correct that or choose another path, then " CHECK_LOAD

/*
 * On failure set @remedy. The loaded crash kernel has its own copy of a detached
 * header, so one that is missing now is a warning: add it to @headers.
 */
static int find_targets(struct facts *facts, struct text_list *missing,
			struct text_list *headers, const char **remedy,
			struct error *error)
{
	const char *path = facts->path_option	     ?:
				   facts->armed.path ?:
						       facts->config.path;

	*remedy = CHANGE_PATH;
	if (targets_find(&facts->targets, path, &facts->config.fallback_paths,
			 missing, error))
		return -1;
	*remedy = CHANGE_VOLUME;
	return volume_check_all(&facts->targets,
				facts_armed(facts) ? headers : NULL, error);
}

/*
 * Return true if a crash would dump to the filesystems that are there now. If a
 * fallback path is missing now, the crash kernel may be loaded for it as well.
 */
static bool is_loaded_for(const struct facts *facts, bool is_one_missing)
{
	const struct armed_state *armed = &facts->armed;
	struct text_list filesystems = {}, volumes = {}, loaded = {};
	const struct targets *targets = &facts->targets;
	bool same;
	size_t i;

	for (i = 0; i < targets->count; i++) {
		char *uuid = target_filesystem_uuid(&targets->list[i], NULL);

		text_list_add(&filesystems, uuid ?: "");
		free(uuid);
	}
	for (i = 0; i < targets->volume_count; i++)
		text_list_add(&volumes, targets->volumes[i]->luks_uuid);
	armed_state_filesystems(&loaded, armed);
	same = text_list_has_all(&loaded, &filesystems) &&
	       text_list_has_all(&armed->luks_uuids, &volumes) &&
	       (is_one_missing || (filesystems.count == loaded.count &&
				   volumes.count == armed->luks_uuids.count));
	text_list_release(&filesystems);
	text_list_release(&volumes);
	text_list_release(&loaded);
	return same;
}

static char *describe_target(const struct target *target)
{
	struct text_list volumes = {};
	char *joined, *text;
	size_t i;

	for (i = 0; i < target->stack.volume_count; i++)
		text_list_add(&volumes, target->stack.volumes[i].luks_uuid);
	joined = text_list_join(&volumes, " and ");
	text = joined ?
		       xasprintf("%s on LUKS volume %s", target->path, joined) :
		       xasprintf("%s, not encrypted", target->path);
	free(joined);
	text_list_release(&volumes);
	return text;
}

static void report_targets(struct check *check, const struct targets *targets,
			   const struct text_list *missing)
{
	struct text_list descriptions = {};
	char *joined, *why;
	size_t i;

	for (i = 0; i < targets->count; i++) {
		char *description = describe_target(&targets->list[i]);

		text_list_add(&descriptions, description);
		free(description);
	}
	joined = text_list_join(&descriptions, "; then ");
	why = text_list_join(missing, "; ");
	if (why)
		check_warn(
			check,
			"mount or make it, or remove it from the configuration, then " CHECK_LOAD,
			"%s; %s", joined, why);
	else
		check_pass(check, "%s", joined);
	free(why);
	free(joined);
	text_list_release(&descriptions);
}

/* If --path was given, the configuration does not need to have that path. */
static bool is_path_of_configuration(const struct facts *facts)
{
	const char *recorded = facts->recorded.path;
	char *path = realpath(facts->config.path, NULL);
	bool same = !strcmp(path ?: facts->config.path, facts->armed.path);

	free(path);
	return same || facts->path_option ||
	       (recorded && !strcmp(recorded, facts->armed.path)) ||
	       !strcmp(facts->config.path, CONFIG_DEFAULT_PATH);
}

static void compare_with_loaded(struct check *check, struct facts *facts,
				const struct text_list *missing)
{
	const char *path = facts->targets.list[0].path;

	if (facts_armed(facts) && strcmp(path, facts->armed.path)) {
		check_fail(
			check, CHECK_LOAD,
			"the dump path is %s, but the crash kernel was loaded for %s",
			path, facts->armed.path);
	} else if (facts_armed(facts) &&
		   !is_loaded_for(facts, missing->count)) {
		check_fail(
			check, facts_how_to_load(facts),
			"%s and the fallback paths are not on the filesystems that the crash kernel was loaded for",
			path);
	} else if (facts_armed(facts) && !is_path_of_configuration(facts)) {
		facts->are_loaded = true;
		check_warn(
			check, CHECK_LOAD,
			"the configuration says %s, but the crash kernel was loaded for %s",
			facts->config.path, path);
	} else {
		facts->are_loaded = facts_armed(facts);
		report_targets(check, &facts->targets, missing);
	}
}

void check_path(struct check *check, struct facts *facts)
{
	struct text_list missing = {}, headers = {};
	const char *remedy;
	struct error error;
	size_t i;

	if (!facts->is_configured)
		return;
	if (find_targets(facts, &missing, &headers, &remedy, &error)) {
		check_fail_for(check, remedy, &error, &missing);
		targets_release(&facts->targets);
	} else {
		for (i = 0; i < headers.count; i++)
			text_list_add(&missing, headers.items[i]);
		compare_with_loaded(check, facts, &missing);
	}
	/* Later checks would need the header. */
	if (headers.count)
		targets_release(&facts->targets);
	text_list_release(&headers);
	text_list_release(&missing);
}

void check_copies(struct check *check, struct facts *facts)
{
	struct text_list twins = {};
	char *joined;

	if (!facts->targets.count)
		return;
	twins_find(&twins, &facts->targets, "/sys");
	joined = text_list_join(&twins, "; ");
	if (joined)
		check_warn(check, "remove the copy, or give it another UUID",
			   "%s", joined);
	else
		check_pass(
			check,
			"no other disk has a UUID that the crash kernel looks for");
	free(joined);
	text_list_release(&twins);
}

void check_filesystem(struct check *check, struct facts *facts)
{
	const struct targets *targets = &facts->targets;
	struct text_list paths = {};
	char *joined;
	size_t i;

	for (i = 0; i < targets->count; i++)
		if (target_has_errors(&targets->list[i]))
			text_list_add(&paths, targets->list[i].path);
	joined = text_list_join(&paths, " and ");
	if (joined)
		check_warn(
			check, TARGET_REPAIR,
			"the filesystem at %s has errors, which may damage a dump",
			joined);
	else if (targets->count)
		check_pass(check, "no filesystem has noted errors");
	free(joined);
	text_list_release(&paths);
}
