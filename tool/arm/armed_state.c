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

struct text_field {
	const char *name;
	size_t offset;
};

#define TEXT(name, field) { name, offsetof(struct armed_state, field) }
#define TARGET_TEXT(name) { #name, offsetof(struct armed_target, name) }

static const struct text_field text_fields[] = {
	TEXT("path", path),
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
};

static const struct text_field target_fields[] = {
	TARGET_TEXT(path),
	TARGET_TEXT(given_path),
	TARGET_TEXT(filesystem_uuid),
	TARGET_TEXT(filesystem_device),
};

#define TEXT_FIELD_COUNT   (sizeof(text_fields) / sizeof(text_fields[0]))
#define TARGET_FIELD_COUNT (sizeof(target_fields) / sizeof(target_fields[0]))

static char **text_of(const void *record, const struct text_field *field)
{
	return (char **)((char *)record + field->offset);
}

static void add_texts(json_object *object, const void *record,
		      const struct text_field *fields, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		json_add_text(object, fields[i].name,
			      *text_of(record, &fields[i]));
}

static void copy_texts(void *record, json_object *object,
		       const struct text_field *fields, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		*text_of(record, &fields[i]) =
			xstrdup_or_null(json_get_text(object, fields[i].name));
}

static void free_texts(void *record, const struct text_field *fields,
		       size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(*text_of(record, &fields[i]));
}

static void add_targets(json_object *root, const struct armed_state *state)
{
	json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < state->target_count; i++) {
		const struct armed_target *target = &state->targets[i];
		json_object *object = json_object_new_object();

		add_texts(object, target, target_fields, TARGET_FIELD_COUNT);
		json_object_object_add(object, "below",
				       json_from_texts(&target->below));
		json_object_array_add(list, object);
	}
	json_object_object_add(root, "targets", list);
}

static void get_targets(struct armed_state *state, json_object *root)
{
	json_object *list = json_get(root, "targets", json_type_array);
	size_t count = list ? json_object_array_length(list) : 0, i;

	for (i = 0; i < count; i++) {
		json_object *object = json_object_array_get_idx(list, i);
		struct armed_target *target = armed_state_add_target(state);

		copy_texts(target, object, target_fields, TARGET_FIELD_COUNT);
		json_get_texts(&target->below, object, "below", NULL);
	}
}

int armed_state_stage(const struct armed_state *state, struct error *error)
{
	json_object *root = json_object_new_object();
	int ret;

	add_texts(root, state, text_fields, TEXT_FIELD_COUNT);
	add_targets(root, state);
	json_object_object_add(root, "luks_volumes",
			       json_from_texts(&state->luks_uuids));
	json_object_object_add(root, "hidden_volumes",
			       json_from_texts(&state->hidden_luks_uuids));
	json_object_object_add(root, "key_digests",
			       json_from_texts(&state->key_digests));
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
	copy_texts(state, root, text_fields, TEXT_FIELD_COUNT);
	get_targets(state, root);
	json_get_texts(&state->luks_uuids, root, "luks_volumes", NULL);
	json_get_texts(&state->hidden_luks_uuids, root, "hidden_volumes", NULL);
	json_get_texts(&state->key_digests, root, "key_digests", NULL);
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

	free_texts(state, text_fields, TEXT_FIELD_COUNT);
	for (i = 0; i < state->target_count; i++) {
		free_texts(&state->targets[i], target_fields,
			   TARGET_FIELD_COUNT);
		text_list_release(&state->targets[i].below);
	}
	free(state->targets);
	text_list_release(&state->luks_uuids);
	text_list_release(&state->hidden_luks_uuids);
	text_list_release(&state->key_digests);
	memset(state, 0, sizeof(*state));
}

struct armed_target *armed_state_add_target(struct armed_state *state)
{
	struct armed_target *target;

	state->targets =
		xrealloc(state->targets,
			 (state->target_count + 1) * sizeof(*state->targets));
	target = &state->targets[state->target_count++];
	*target = (struct armed_target) {};
	return target;
}

void armed_state_filesystems(struct text_list *uuids,
			     const struct armed_state *state)
{
	size_t i;

	for (i = 0; i < state->target_count; i++)
		text_list_add(uuids, state->targets[i].filesystem_uuid ?: "");
}

void armed_state_layers(struct text_list *layers,
			const struct armed_state *state)
{
	size_t i, j;

	for (i = 0; i < state->target_count; i++)
		for (j = 0; j < state->targets[i].below.count; j++)
			text_list_add_once(layers,
					   state->targets[i].below.items[j]);
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
