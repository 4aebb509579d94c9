// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/arm/armed_target.h"
#include "tool/arm/loaded_keys.h"
#include "tool/image/capture_modules.h"
#include "tool/keys/volume_header.h"

#define LOAD	    "run kdump-crypt load"
#define UUID_LINKS  "/dev/disk/by-uuid/"
#define HEADER_SIZE 4096 /* of LUKS1 and LUKS2: every change is in there */

/* What a text of describe_below() begins with, and what it is about. */
static const struct {
	const char *kind, *what;
	bool may_go; /* as a disk of an array may */
} kinds[] = {
	{ "mount", "mounts", false },
	{ "luks", "LUKS volumes", false },
	{ "lvm", "logical volumes", false },
	{ "raid", "arrays", false },
	{ "disk", "disks", true },
	{ "driver", "drivers of disks", true },
	{ "helper", "features of the filesystem", true },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static void add_all(struct text_list *below, const char *kind,
		    const struct text_list *texts)
{
	size_t i;

	for (i = 0; i < texts->count; i++)
		text_list_addf(below, "%s %s", kind, texts->items[i]);
}

/*
 * What the crash kernel relies on. sysfs tells all of it. A logical volume is
 * found by its UUID, so its name may change.
 */
static void describe_below(struct text_list *below, const struct target *target)
{
	const struct block_stack *stack = &target->stack;
	struct text_list helpers = {};
	size_t i;

	text_list_addf(below, "mount %s %s", target->directory,
		       target->mount_options ?: "");
	for (i = 0; i < stack->volume_count; i++)
		text_list_addf(below, "luks %s", stack->volumes[i].luks_uuid);
	for (i = 0; i < stack->lvm_uuids.count; i++)
		text_list_addf(below, "lvm %s",
			       strchr(stack->lvm_uuids.items[i], ' ') + 1);
	add_all(below, "raid", &stack->arrays);
	add_all(below, "disk", &stack->disks);
	add_all(below, "driver", &stack->drivers.modules);
	/* It may have got a quota, for example. */
	capture_modules_find_helpers(&helpers, target->filesystem_type);
	add_all(below, "helper", &helpers);
	text_list_release(&helpers);
}

void armed_target_record(struct armed_state *state, const struct target *target)
{
	state->filesystem_device = xstrdup(target->filesystem_device);
	describe_below(&state->below, target);
}

/* Return true if a text of this kind is in @some and not in @others. */
static bool has_other(size_t kind, const struct text_list *some,
		      const struct text_list *others)
{
	size_t i;

	for (i = 0; i < some->count; i++)
		if (starts_with(some->items[i], kinds[kind].kind) &&
		    !text_list_has(others, some->items[i]))
			return true;
	return false;
}

/* Return what is not the same. Return NULL if all is, or if it is not known. */
static const char *find_change(const struct armed_state *state,
			       const struct target *target)
{
	const char *change = NULL;
	struct text_list below = {};
	size_t i;

	describe_below(&below, target);
	for (i = 0; i < KIND_COUNT && state->below.count && !change; i++)
		if (has_other(i, &below, &state->below) ||
		    (!kinds[i].may_go && has_other(i, &state->below, &below)))
			change = kinds[i].what;
	text_list_release(&below);
	return change;
}

static bool can_read(const struct target *target)
{
	return !geteuid() && !target->stack.is_suspended;
}

/* Return true if udev has found the UUID on the device. */
static bool has_link(const char *uuid, const char *device)
{
	char *link = xasprintf(UUID_LINKS "%s", uuid);
	char *found = realpath(link, NULL);
	bool same = found && !strcmp(found, device);

	free(found);
	free(link);
	return same;
}

static bool has_same_device(const struct armed_state *state,
			    const struct target *target)
{
	return !state->filesystem_device ||
	       !strcmp(state->filesystem_device, target->filesystem_device);
}

/*
 * Return true if the crash kernel would still find the filesystem by its UUID.
 * The device may have another number, if it was closed and opened again.
 */
static bool is_same_filesystem(const struct armed_state *state,
			       const struct target *target)
{
	const char *uuid = state->filesystem_uuids.count ?
				   state->filesystem_uuids.items[0] :
				   "";
	char *found;
	bool same;

	if (!can_read(target))
		return has_same_device(state, target) ||
		       has_link(uuid, target->filesystem_device);
	found = target_filesystem_uuid(target, NULL);
	same = found && !strcmp(found, uuid);
	free(found);
	return same;
}

static char *describe_other_filesystem(const struct armed_state *state,
				       const struct target *target)
{
	/* It may be on a volume whose key nobody has linked yet. */
	if (!has_same_device(state, target))
		return xstrdup(
			"the dump path is on another filesystem than when the crash kernel was loaded: run kdump-crypt setup, then kdump-crypt load");
	return xasprintf(
		"the UUID of the filesystem at %s was changed since the crash kernel was loaded: " LOAD,
		state->path);
}

static int check_volumes(const struct target *target, struct error *error)
{
	const struct block_stack *stack = &target->stack;
	size_t i;

	for (i = 0; i < stack->volume_count; i++)
		if (volume_check(stack->volumes[i].device,
				 stack->volumes[i].luks_uuid, error))
			return -1;
	return 0;
}

/* A symbolic link in it may have been changed. */
static bool leads_elsewhere(const struct armed_state *state)
{
	char *path = state->given_path ? realpath(state->given_path, NULL) :
					 NULL;
	bool other = path && strcmp(path, state->path);

	free(path);
	return other;
}

/* Return what has changed, and what to do. Return NULL if nothing has. */
static char *compare(const struct armed_state *state,
		     const struct target *target)
{
	struct error error;
	const char *change;

	if (leads_elsewhere(state))
		return xasprintf(
			"the dump path %s is another directory than when the crash kernel was loaded: " LOAD,
			state->given_path);
	if (!is_same_filesystem(state, target))
		return describe_other_filesystem(state, target);
	change = find_change(state, target);
	if (change)
		return xasprintf(
			"the %s below %s are not those that the crash kernel was loaded for: " LOAD,
			change, state->path);
	if (can_read(target) && check_volumes(target, &error))
		return xstrdup(error.reason);
	if (can_read(target) && !loaded_keys_are_current(state))
		return xstrdup(
			"the key of a LUKS volume has changed since the crash kernel was loaded: " LOAD);
	return NULL;
}

enum armed_target_state armed_target_compare(const struct armed_state *state,
					     char **text)
{
	struct target target;
	struct error error;

	*text = NULL;
	if (!target_resolve(&target, state->path, "/proc/self/mountinfo",
			    "/sys", &error)) {
		*text = compare(state, &target);
		target_release(&target);
		return *text ? ARMED_TARGET_CHANGED : ARMED_TARGET_SAME;
	}
	/* Some of it only root may read. */
	if (geteuid())
		return ARMED_TARGET_SAME;
	*text = xasprintf("%s: run kdump-crypt check", error.reason);
	return error.number == ENOENT ? ARMED_TARGET_MISSING :
					ARMED_TARGET_CHANGED;
}

/* FNV-1a. Return 0 if the header cannot be read. */
static uint64_t hash_header(const char *device)
{
	unsigned char header[HEADER_SIZE];
	uint64_t hash = 0xcbf29ce484222325;
	char *file = volume_header_file(device);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, header, sizeof(header));
	ssize_t i;

	free(file);
	if (fd >= 0)
		close(fd);
	for (i = 0; i < got; i++)
		hash = (hash ^ header[i]) * 0x100000001b3;
	return got > 0 ? hash : 0;
}

static void add_read(struct text_list *facts, const struct target *target)
{
	const struct block_stack *stack = &target->stack;
	char *uuid = target_filesystem_uuid(target, NULL);
	size_t i;

	text_list_add(facts, uuid ?: "");
	for (i = 0; i < stack->volume_count; i++)
		text_list_addf(facts, "%" PRIx64,
			       hash_header(stack->volumes[i].device));
	free(uuid);
}

char *armed_target_fingerprint(const struct armed_state *state)
{
	struct text_list facts = {};
	struct target target;
	struct error error;
	char *joined = NULL;

	if (leads_elsewhere(state))
		return realpath(state->given_path, NULL);
	if (target_resolve(&target, state->path, "/proc/self/mountinfo", "/sys",
			   &error))
		return xstrdup(error.reason);
	text_list_add(&facts, target.filesystem_device);
	text_list_addf(&facts, "%d", loaded_keys_lack_one(state));
	describe_below(&facts, &target);
	if (can_read(&target)) {
		add_read(&facts, &target);
		joined = text_list_join(&facts, "\n");
	}
	text_list_release(&facts);
	target_release(&target);
	return joined;
}
