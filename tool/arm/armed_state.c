// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/json.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/arm/armed_state.h"
#include "tool/kexec/crash_kernel.h"

#define STATE_DIRECTORY RUNSTATEDIR "/kdump-crypt"
#define STATE_FILE	STATE_DIRECTORY "/armed.json"
#define NEW_FILE	STATE_FILE ".new"
#define KEPT_FILE	STATE_DIRECTORY "/kept.json"

#define TEXT(name, field) { name, offsetof(struct armed_state, field) }

static const struct {
	const char *name;
	size_t offset;
} text_fields[] = {
	TEXT("path", path),
	TEXT("given_path", given_path),
	TEXT("kernel", kernel),
	TEXT("config_option", config_option),
	TEXT("kernel_option", kernel_option),
	TEXT("append_option", append_option),
	TEXT("initramfs", initramfs),
	TEXT("kernel_file", kernel_file),
	TEXT("initramfs_file", initramfs_file),
	TEXT("command_line", command_line),
	TEXT("command", command),
	TEXT("unit", unit),
	TEXT("filesystem_device", filesystem_device),
};

#define TEXT_FIELD_COUNT (sizeof(text_fields) / sizeof(text_fields[0]))

static char **text_of(const struct armed_state *state, size_t i)
{
	return (char **)((char *)state + text_fields[i].offset);
}

static void add_texts(json_object *root, const struct armed_state *state)
{
	size_t i;

	for (i = 0; i < TEXT_FIELD_COUNT; i++)
		json_add_text(root, text_fields[i].name, *text_of(state, i));
}

static void copy_texts(struct armed_state *state, json_object *root)
{
	size_t i;

	for (i = 0; i < TEXT_FIELD_COUNT; i++)
		*text_of(state, i) = xstrdup_or_null(
			json_get_text(root, text_fields[i].name));
}

int armed_state_stage(const struct armed_state *state, struct error *error)
{
	json_object *root = json_object_new_object();
	int ret;

	add_texts(root, state);
	json_object_object_add(root, "luks_volumes",
			       json_from_texts(&state->luks_uuids));
	json_object_object_add(root, "hidden_volumes",
			       json_from_texts(&state->hidden_luks_uuids));
	json_object_object_add(root, "key_digests",
			       json_from_texts(&state->key_digests));
	json_object_object_add(root, "filesystems",
			       json_from_texts(&state->filesystem_uuids));
	json_object_object_add(root, "below", json_from_texts(&state->below));
	json_add_number(root, "loads", state->loads);
	json_add_number(root, "needed_bytes", state->needed);
	json_add_number(root, "time", state->time);
	json_add_number(root, "pid", state->pid);

	ret = textfile_replace(NEW_FILE, json_object_to_json_string(root),
			       error);
	json_object_put(root);
	return ret;
}

int armed_state_commit(struct error *error)
{
	if (rename(NEW_FILE, STATE_FILE))
		return error_set_errno(error, "cannot write %s", STATE_FILE);
	return 0;
}

void armed_state_discard(void)
{
	unlink(NEW_FILE);
}

/* Without a number, as of another version, it is unknown. */
static long long get_loads(json_object *root)
{
	json_object *loads = json_get(root, "loads", json_type_int);

	return loads ? json_object_get_int64(loads) : -1;
}

/* A new record counts if its load took place. */
static json_object *read_record(void)
{
	json_object *root = json_object_from_file(NEW_FILE);
	long long loads = root ? get_loads(root) : -1;

	if (loads >= 0 && loads == crash_kernel_loads())
		return root;
	json_object_put(root);
	return json_object_from_file(STATE_FILE);
}

int armed_state_read(struct armed_state *state, struct error *error)
{
	json_object *root = read_record();

	*state = (struct armed_state) {
		.loads = get_loads(root),
		.needed = json_get_number(root, "needed_bytes"),
		.time = json_get_number(root, "time"),
		.pid = json_get_number(root, "pid"),
	};
	copy_texts(state, root);
	json_get_texts(&state->luks_uuids, root, "luks_volumes", NULL);
	json_get_texts(&state->hidden_luks_uuids, root, "hidden_volumes", NULL);
	json_get_texts(&state->key_digests, root, "key_digests", NULL);
	json_get_texts(&state->filesystem_uuids, root, "filesystems", NULL);
	json_get_texts(&state->below, root, "below", NULL);
	json_object_put(root);
	if (state->path && state->kernel)
		return 0;
	armed_state_release(state);
	return error_set(error, ENOENT,
			 "there is no usable record of a load in %s",
			 STATE_FILE);
}

void armed_state_release(struct armed_state *state)
{
	size_t i;

	for (i = 0; i < TEXT_FIELD_COUNT; i++)
		free(*text_of(state, i));
	text_list_release(&state->luks_uuids);
	text_list_release(&state->hidden_luks_uuids);
	text_list_release(&state->key_digests);
	text_list_release(&state->filesystem_uuids);
	text_list_release(&state->below);
	memset(state, 0, sizeof(*state));
}

int armed_state_remove(struct error *error)
{
	armed_state_discard();
	if (unlink(STATE_FILE) && errno != ENOENT)
		return error_set_errno(error, "cannot remove %s", STATE_FILE);
	return 0;
}

int armed_state_keep(struct error *error)
{
	armed_state_discard();
	if (rename(STATE_FILE, KEPT_FILE) && errno != ENOENT)
		return error_set_errno(error, "cannot rename %s", STATE_FILE);
	return 0;
}

void armed_state_read_kept(struct text_list *luks_uuids)
{
	json_object *root = json_object_from_file(KEPT_FILE);

	json_get_texts(luks_uuids, root, "luks_volumes", NULL);
	json_get_texts(luks_uuids, root, "hidden_volumes", NULL);
	json_object_put(root);
}

void armed_state_forget_kept(void)
{
	unlink(KEPT_FILE);
}
