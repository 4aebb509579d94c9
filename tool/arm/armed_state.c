// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
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

static void add_text(json_object *root, const char *name, const char *value)
{
	if (value)
		json_object_object_add(root, name,
				       json_object_new_string(value));
}

int armed_state_stage(const struct armed_state *state, struct error *error)
{
	json_object *root = json_object_new_object();
	int ret;

	add_text(root, "path", state->path);
	add_text(root, "kernel", state->kernel);
	add_text(root, "config_option", state->config_option);
	add_text(root, "kernel_option", state->kernel_option);
	add_text(root, "append_option", state->append_option);
	json_object_object_add(root, "luks_volumes",
			       json_from_texts(&state->luks_uuids));
	json_object_object_add(root, "hidden_volumes",
			       json_from_texts(&state->hidden_luks_uuids));
	json_object_object_add(root, "key_digests",
			       json_from_texts(&state->key_digests));
	json_object_object_add(root, "filesystems",
			       json_from_texts(&state->filesystem_uuids));
	add_text(root, "initramfs", state->initramfs);
	json_object_object_add(root, "loads",
			       json_object_new_int64(state->loads));

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

static char *copy_text(json_object *root, const char *name)
{
	return xstrdup_or_null(json_get_text(root, name));
}

/* Without a number, as of another version, it is unknown. */
static long long get_loads(json_object *root)
{
	json_object *loads;

	return json_object_object_get_ex(root, "loads", &loads) ?
		       json_object_get_int64(loads) :
		       -1;
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
		.path = copy_text(root, "path"),
		.kernel = copy_text(root, "kernel"),
		.config_option = copy_text(root, "config_option"),
		.kernel_option = copy_text(root, "kernel_option"),
		.append_option = copy_text(root, "append_option"),
		.initramfs = copy_text(root, "initramfs"),
		.loads = get_loads(root),
	};
	json_get_texts(&state->luks_uuids, root, "luks_volumes", NULL);
	json_get_texts(&state->hidden_luks_uuids, root, "hidden_volumes", NULL);
	json_get_texts(&state->key_digests, root, "key_digests", NULL);
	json_get_texts(&state->filesystem_uuids, root, "filesystems", NULL);
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
	free(state->path);
	free(state->kernel);
	free(state->config_option);
	free(state->kernel_option);
	free(state->append_option);
	text_list_release(&state->luks_uuids);
	text_list_release(&state->hidden_luks_uuids);
	text_list_release(&state->key_digests);
	text_list_release(&state->filesystem_uuids);
	free(state->initramfs);
	memset(state, 0, sizeof(*state));
}

int armed_state_remove(struct error *error)
{
	armed_state_discard();
	if (unlink(STATE_FILE) && errno != ENOENT)
		return error_set_errno(error, "cannot remove %s", STATE_FILE);
	return 0;
}
