// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/json.h"
#include "lib/textfile.h"
#include "tool/setup/change_record.h"

#define RECORD_FORMAT 1

/* As they stand in the file. */
static const char *const kind_names[] = {
	[CHANGE_DIRECTORY] = "directory",
	[CHANGE_FILE] = "file",
	[CHANGE_LINE] = "line",
	[CHANGE_SERVICE] = "service",
	[CHANGE_OTHER_SERVICE] = "other-service",
};

static const char *const follow_up_names[] = {
	[NO_FOLLOW_UP] = "none",
	[UPDATE_GRUB] = "update-grub",
	[DAEMON_RELOAD] = "daemon-reload",
	[UPDATE_INITRAMFS] = "update-initramfs",
	[KERNEL_INSTALL] = "kernel-install",
};

#define KIND_COUNT	(sizeof(kind_names) / sizeof(kind_names[0]))
#define FOLLOW_UP_COUNT (sizeof(follow_up_names) / sizeof(follow_up_names[0]))

static bool has_content(enum change_kind kind)
{
	return kind == CHANGE_FILE || kind == CHANGE_LINE;
}

static json_object *to_json(const struct change *change)
{
	json_object *root = json_object_new_object();

	json_object_object_add(root, "kind",
			       json_object_new_string(
				       kind_names[change->kind]));
	json_object_object_add(root, "name",
			       json_object_new_string(change->name));
	if (change->line)
		json_object_object_add(root, "line",
				       json_object_new_string(change->line));
	if (has_content(change->kind)) {
		json_object_object_add(root, "content",
				       json_object_new_string(change->content));
		json_object_object_add(
			root, "follow_up",
			json_object_new_string(
				follow_up_names[change->follow_up]));
	}
	json_object_object_add(root, "finished",
			       json_object_new_boolean(change->finished));
	return root;
}

int change_record_write(const struct changes *recorded, const char *file,
			struct error *error)
{
	json_object *root, *list;
	size_t i;
	int ret;

	if (!recorded->count) {
		if (!unlink(file) || errno == ENOENT)
			return 0;
		return error_set_errno(error, "cannot remove %s", file);
	}
	root = json_object_new_object();
	list = json_object_new_array();
	for (i = 0; i < recorded->count; i++)
		json_object_array_add(list, to_json(&recorded->list[i]));
	json_object_object_add(root, "format",
			       json_object_new_int(RECORD_FORMAT));
	json_object_object_add(root, "changes", list);
	ret = textfile_replace(
		file,
		json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY),
		error);
	json_object_put(root);
	return ret;
}

static int find_name(const char *const *names, size_t count, const char *name)
{
	size_t i;

	for (i = 0; name && i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static int from_json(struct changes *recorded, json_object *root)
{
	int kind =
		find_name(kind_names, KIND_COUNT, json_get_text(root, "kind"));
	int follow_up = find_name(follow_up_names, FOLLOW_UP_COUNT,
				  json_get_text(root, "follow_up"));
	struct change change = {
		.name = (char *)json_get_text(root, "name"),
		.line = (char *)json_get_text(root, "line"),
		.content = (char *)json_get_text(root, "content"),
		.finished = json_object_get_boolean(
			json_get(root, "finished", json_type_boolean)),
	};

	if (kind < 0 || !change.name || change.name[0] == '\0')
		return -1;
	change.kind = kind;
	if (has_content(kind)) {
		if (follow_up < 0 || !change.content)
			return -1;
		change.follow_up = follow_up;
	}
	if ((kind == CHANGE_LINE) != !!change.line ||
	    (change.line && strlen(change.line) > strlen(change.content)))
		return -1;
	changes_put(recorded, &change);
	return 0;
}

static int all_from_json(struct changes *recorded, json_object *root)
{
	json_object *format = json_get(root, "format", json_type_int);
	json_object *list = json_get(root, "changes", json_type_array);
	size_t i;

	if (!list || json_object_get_int(format) != RECORD_FORMAT)
		return -1;
	for (i = 0; i < json_object_array_length(list); i++)
		if (from_json(recorded, json_object_array_get_idx(list, i)))
			return -1;
	return 0;
}

int change_record_read(struct changes *recorded, const char *file,
		       struct error *error)
{
	struct error cause;
	char *text = textfile_read(file, &cause);
	json_object *root;
	int ret;

	memset(recorded, 0, sizeof(*recorded));
	if (!text) {
		if (cause.number == ENOENT)
			return 0;
		return error_set(error, cause.number, "%s", cause.reason);
	}
	root = json_tokener_parse(text);
	ret = all_from_json(recorded, root);
	if (ret) {
		error_set(
			error, EINVAL,
			"%s is not a valid record of the changes that setup made",
			file);
		changes_release(recorded);
	}
	json_object_put(root);
	free(text);
	return ret;
}
