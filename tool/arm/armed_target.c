// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/arm/armed_target.h"
#include "tool/arm/loaded_keys.h"
#include "tool/host/crypttab.h"
#include "tool/host/sysfs.h"
#include "tool/image/capture_modules.h"
#include "tool/keys/key_items.h"
#include "tool/keys/volume_header.h"

#define LOAD	    "run kdump-crypt load"
#define UUID_LINKS  "/dev/disk/by-uuid/"
#define LUKS	    "luks "
#define HEADER_SIZE 4096 /* of LUKS1 and LUKS2: every change is in there */

/* What a text of describe_below() begins with, and what it is about. */
static const struct {
	const char *kind, *what;
	bool may_go; /* as a disk of an array may */
} kinds[] = {
	{ "mount", "mounts", false },
	{ LUKS, "LUKS volumes", false },
	{ "lvm", "logical volumes", false },
	{ "raid", "arrays", false },
	{ "disk", "disks", true },
	{ "partition", "partitions", true },
	{ "devices", "devices of the filesystem", false },
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

/* A device that says nothing of itself is told from its copies by its size. */
static void add_place(struct text_list *below, const char *kind,
		      const char *device)
{
	char *size = sysfs_read(device, "size");

	text_list_addf(below, "%s %s %s", kind, device, size ?: "");
	free(size);
}

static void add_places(struct text_list *below, const struct block_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->disks.count; i++)
		add_place(below, "disk", stack->disks.items[i]);
	for (i = 0; i < stack->devices.count; i++)
		if (sysfs_has(stack->devices.items[i], "partition"))
			add_place(below, "partition", stack->devices.items[i]);
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
		text_list_addf(below, LUKS "%s", stack->volumes[i].luks_uuid);
	for (i = 0; i < stack->lvm_uuids.count; i++)
		text_list_addf(below, "lvm %s",
			       strchr(stack->lvm_uuids.items[i], ' ') + 1);
	add_all(below, "raid", &stack->arrays);
	add_places(below, stack);
	text_list_addf(below, "devices %zu", target->device_count);
	add_all(below, "driver", &stack->drivers.modules);
	/* It may have got a quota, for example. */
	capture_modules_find_helpers(&helpers, target->filesystem_type);
	add_all(below, "helper", &helpers);
	text_list_release(&helpers);
}

int armed_target_record(struct armed_target *armed, const struct target *target,
			struct error *error)
{
	armed->filesystem_uuid = target_filesystem_uuid(target, error);
	if (!armed->filesystem_uuid)
		return -1;
	armed->path = xstrdup(target->path);
	/* A relative path means something else to another process. */
	if (target->given_path[0] == '/')
		armed->given_path = xstrdup(target->given_path);
	armed->filesystem_device = xstrdup(target->filesystem_device);
	describe_below(&armed->below, target);
	return 0;
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

/* Return what is not the same. Return NULL if all is. */
static const char *find_change(const struct armed_target *armed,
			       const struct target *target)
{
	const char *change = NULL;
	struct text_list below = {};
	size_t i;

	describe_below(&below, target);
	for (i = 0; i < KIND_COUNT && !change; i++)
		if (has_other(i, &below, &armed->below) ||
		    (!kinds[i].may_go && has_other(i, &armed->below, &below)))
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

static bool has_same_device(const struct armed_target *armed,
			    const struct target *target)
{
	return !strcmp(armed->filesystem_device, target->filesystem_device);
}

/*
 * Return true if the crash kernel would still find the filesystem by its UUID.
 * The device may have another number, if it was closed and opened again.
 */
static bool is_same_filesystem(const struct armed_target *armed,
			       const struct target *target)
{
	const char *uuid = armed->filesystem_uuid;
	char *found;
	bool same;

	if (!can_read(target))
		return has_same_device(armed, target) ||
		       has_link(uuid, target->filesystem_device);
	found = target_filesystem_uuid(target, NULL);
	same = found && !strcmp(found, uuid);
	free(found);
	return same;
}

static char *describe_other_filesystem(const struct armed_target *armed,
				       const char *role,
				       const struct target *target)
{
	/* It may be on a volume whose key nobody has linked yet. */
	if (!has_same_device(armed, target))
		return xasprintf(
			"the %s %s is on another filesystem than when the crash kernel was loaded: run kdump-crypt setup, then kdump-crypt load",
			role, armed->path);
	return xasprintf(
		"the UUID of the filesystem at %s was changed since the crash kernel was loaded: " LOAD,
		armed->path);
}

/* The loaded image has its own copy of a detached header. */
static char *find_missing_header(const struct target *target)
{
	const struct block_stack *stack = &target->stack;
	char *missing = NULL;
	size_t i;

	for (i = 0; i < stack->volume_count && !missing; i++)
		missing = volume_header_missing(stack->volumes[i].device,
						CRYPTTAB);
	return missing;
}

static int check_volume(const struct armed_state *state,
			const struct luks_volume *volume, struct error *error)
{
	if (volume_check(volume->device, volume->luks_uuid, error))
		return -1;
	if (loaded_keys_include(state, volume->device))
		return 0;
	return error_set(
		error, 0,
		"the key of a LUKS volume has changed since the crash kernel was loaded: " LOAD);
}

static int check_volumes(const struct armed_state *state,
			 const struct target *target, struct error *error)
{
	const struct block_stack *stack = &target->stack;
	size_t i;

	for (i = 0; i < stack->volume_count; i++) {
		const struct luks_volume *volume = &stack->volumes[i];
		char *missing = volume_header_missing(volume->device, CRYPTTAB);
		int ret = missing ? 0 : check_volume(state, volume, error);

		free(missing);
		if (ret)
			return -1;
	}
	return 0;
}

/*
 * A symbolic link in the path may have been changed. Return where it leads to
 * now. Return NULL if that is the same as before. The caller frees it.
 */
static char *find_elsewhere(const struct armed_target *armed)
{
	char *path = armed->given_path ? realpath(armed->given_path, NULL) :
					 NULL;

	if (path && strcmp(path, armed->path))
		return path;
	free(path);
	return NULL;
}

/* Return the LUKS UUID below it. NULL: the crash kernel has the keys of all. */
static const char *find_lost_key(const struct armed_target *armed)
{
	size_t i;

	for (i = 0; i < armed->below.count; i++) {
		const char *text = armed->below.items[i];

		if (starts_with(text, LUKS) &&
		    key_items_lack(text + strlen(LUKS)))
			return text + strlen(LUKS);
	}
	return NULL;
}

/*
 * Return what anybody can see to be other than it was, and what to do. Return
 * NULL if nothing is. The caller frees it.
 */
static char *find_difference(const struct armed_target *armed, const char *role)
{
	const char *lost = find_lost_key(armed);
	char *elsewhere = find_elsewhere(armed);
	bool is_elsewhere = elsewhere;

	free(elsewhere);
	if (is_elsewhere)
		return xasprintf(
			"the %s %s is another directory than when the crash kernel was loaded: " LOAD,
			role, armed->given_path);
	if (lost)
		return xasprintf(
			"the key of the LUKS volume %s has left the loaded crash kernel, because the volume was suspended: " LOAD
			" when it is resumed",
			lost);
	return NULL;
}

/* Return what has changed, and what to do. Return NULL if nothing has. */
static char *compare(const struct armed_state *state,
		     const struct armed_target *armed, const char *role,
		     const struct target *target)
{
	struct error error;
	const char *change;

	if (!is_same_filesystem(armed, target))
		return describe_other_filesystem(armed, role, target);
	change = find_change(armed, target);
	if (change)
		return xasprintf(
			"the %s below %s are not those that the crash kernel was loaded for: " LOAD,
			change, armed->path);
	if (can_read(target) && check_volumes(state, target, &error))
		return xstrdup(error.reason);
	return NULL;
}

enum armed_target_state armed_target_compare(const struct armed_state *state,
					     size_t index, char **text)
{
	const struct armed_target *armed = &state->targets[index];
	const char *role = index ? "fallback path" : "dump path";
	enum armed_target_state difference;
	struct target target;
	struct error error;

	*text = find_difference(armed, role);
	if (*text)
		return ARMED_TARGET_CHANGED;
	if (!target_resolve(&target, armed->path, "/proc/self/mountinfo",
			    "/sys", &error)) {
		*text = compare(state, armed, role, &target);
		difference = *text ? ARMED_TARGET_CHANGED : ARMED_TARGET_SAME;
		/* Without reading the device, a stale line would count. */
		if (!*text && can_read(&target) &&
		    (*text = find_missing_header(&target)))
			difference = ARMED_TARGET_MISSING;
		target_release(&target);
		return difference;
	}
	/* Some of it only root may read. */
	if (geteuid())
		return ARMED_TARGET_SAME;
	*text = xasprintf("%s: run kdump-crypt check", error.reason);
	return error.number == ENOENT ? ARMED_TARGET_MISSING :
					ARMED_TARGET_CHANGED;
}

/* Add nothing of it if the header cannot be read. */
static void add_header(struct text_list *facts, const char *device)
{
	char digest[SHA256_DIGEST_STRING_LENGTH] = "";
	unsigned char header[HEADER_SIZE];
	char *file = volume_header_file(device);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, header, sizeof(header));

	if (got > 0)
		SHA256Data(header, got, digest);
	text_list_add(facts, digest);
	if (fd >= 0)
		close(fd);
	free(file);
}

static void add_read(struct text_list *facts, const struct target *target)
{
	const struct block_stack *stack = &target->stack;
	char *uuid = target_filesystem_uuid(target, NULL);
	size_t i;

	text_list_add(facts, uuid ?: "");
	for (i = 0; i < stack->volume_count; i++)
		add_header(facts, stack->volumes[i].device);
	free(uuid);
}

/*
 * Return 0, or -1 if the devices cannot be read. Those of a fallback path need
 * not be: it may stay suspended.
 */
static int add_facts(struct text_list *facts, const struct armed_target *armed,
		     bool is_fallback)
{
	const char *lost = find_lost_key(armed);
	char *elsewhere = find_elsewhere(armed);
	struct target target;
	struct error error;
	int ret = 0;

	text_list_add(facts, lost ?: "");
	if (elsewhere) {
		text_list_add(facts, elsewhere);
		free(elsewhere);
		return 0;
	}
	if (target_resolve(&target, armed->path, "/proc/self/mountinfo", "/sys",
			   &error)) {
		text_list_add(facts, error.reason);
		return 0;
	}
	text_list_add(facts, target.filesystem_device);
	describe_below(facts, &target);
	if (can_read(&target))
		add_read(facts, &target);
	else if (is_fallback && !geteuid())
		text_list_add(facts, "suspended");
	else
		ret = -1;
	target_release(&target);
	return ret;
}

char *armed_target_fingerprint(const struct armed_state *state)
{
	char *joined = NULL, *exposed = loaded_keys_exposed(state);
	struct text_list facts = {};
	size_t i;
	int ret = 0;

	text_list_add(&facts, exposed ?: "");
	free(exposed);
	for (i = 0; i < state->target_count && !ret; i++)
		ret = add_facts(&facts, &state->targets[i], i);
	if (!ret)
		joined = text_list_join(&facts, "\n");
	text_list_release(&facts);
	return joined;
}
