// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/json.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/system_service.h"
#include "tool/setup/change.h"
#include "tool/setup/change_step.h"

#define RECORD_FORMAT 1

/* As the record has them. */
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
};

#define KIND_COUNT	(sizeof(kind_names) / sizeof(kind_names[0]))
#define FOLLOW_UP_COUNT (sizeof(follow_up_names) / sizeof(follow_up_names[0]))

static void release(struct change *change)
{
	free(change->name);
	free(change->line);
	free(change->content);
}

void changes_release(struct changes *changes)
{
	size_t i;

	for (i = 0; i < changes->count; i++)
		release(&changes->list[i]);
	free(changes->list);
	memset(changes, 0, sizeof(*changes));
}

/* A file may have several of its lines changed; all else has one change. */
static bool are_of_the_same(const struct change *one,
			    const struct change *other)
{
	return !strcmp(one->name, other->name) &&
	       !strcmp(one->line ?: "", other->line ?: "");
}

static struct change *find(const struct changes *changes,
			   const struct change *change)
{
	size_t i;

	for (i = 0; i < changes->count; i++)
		if (are_of_the_same(&changes->list[i], change))
			return &changes->list[i];
	return NULL;
}

static struct change copy(const struct change *change)
{
	struct change copied = *change;

	copied.name = xstrdup(change->name);
	copied.line = xstrdup_or_null(change->line);
	copied.content = xstrdup_or_null(change->content);
	return copied;
}

/* In place of a change of the same, or at the end. */
static struct change *put(struct changes *changes, const struct change *change)
{
	struct change *slot = find(changes, change);
	struct change copied = copy(change);

	if (slot) {
		release(slot);
	} else {
		changes->list =
			xrealloc(changes->list,
				 (changes->count + 1) * sizeof(*changes->list));
		slot = &changes->list[changes->count++];
	}
	*slot = copied;
	return slot;
}

static void forget(struct changes *changes, size_t index)
{
	release(&changes->list[index]);
	changes->count--;
	memmove(&changes->list[index], &changes->list[index + 1],
		(changes->count - index) * sizeof(*changes->list));
}

/* What is wanted */

void change_want_directory(struct changes *wanted, const char *name,
			   mode_t mode)
{
	const struct change change = {
		.kind = CHANGE_DIRECTORY,
		.name = (char *)name,
		.mode = mode,
	};

	if (access(name, F_OK))
		put(wanted, &change);
}

int change_want_file(struct changes *wanted, const struct changes *recorded,
		     const char *name, const char *content,
		     enum follow_up follow_up)
{
	const struct change change = {
		.kind = CHANGE_FILE,
		.name = (char *)name,
		.content = (char *)content,
		.follow_up = follow_up,
	};
	const struct change *made = find(recorded, &change);
	struct error error;
	char *there = textfile_read(name, &error);
	int ret = 0;

	if (!there && error.number != ENOENT) {
		warnx("%s", error.reason);
		return -1;
	}
	if (there && !strcmp(there, content)) {
		if (made && !made->finished)
			put(wanted, &change);
	} else if (there && (!made || strcmp(there, made->content))) {
		warnx("%s is there and is not as setup writes it: move it away",
		      name);
		ret = -1;
	} else {
		put(wanted, &change);
	}
	free(there);
	return ret;
}

void change_want_service(struct changes *wanted, const char *name)
{
	const struct change change = {
		.kind = CHANGE_SERVICE,
		.name = (char *)name,
	};

	if (!system_service_is_enabled(name))
		put(wanted, &change);
}

void change_want_other_service(struct changes *wanted, const char *name)
{
	const struct change change = {
		.kind = CHANGE_OTHER_SERVICE,
		.name = (char *)name,
	};

	if (system_service_is_enabled(name))
		put(wanted, &change);
}

void change_want_line(struct changes *wanted, const char *name,
		      const char *line, const char *content,
		      enum follow_up follow_up)
{
	const struct change change = {
		.kind = CHANGE_LINE,
		.name = (char *)name,
		.line = (char *)line,
		.content = (char *)content,
		.follow_up = follow_up,
	};

	put(wanted, &change);
}

void change_want_unfinished(struct changes *wanted,
			    const struct changes *recorded, const char *name)
{
	size_t i;

	for (i = 0; i < recorded->count; i++)
		if (!strcmp(recorded->list[i].name, name) &&
		    !recorded->list[i].finished)
			put(wanted, &recorded->list[i]);
}

static const char *describe_follow_up(enum follow_up follow_up)
{
	switch (follow_up) {
	case UPDATE_GRUB:
		return " and run update-grub";
	case DAEMON_RELOAD:
		return " and have systemd read it";
	case UPDATE_INITRAMFS:
		return " and make the boot initramfs again";
	default:
		return "";
	}
}

char *change_describe(const struct change *change)
{
	switch (change->kind) {
	case CHANGE_DIRECTORY:
		return xasprintf("make the directory %s", change->name);
	case CHANGE_FILE:
		return xasprintf("write %s%s", change->name,
				 describe_follow_up(change->follow_up));
	case CHANGE_LINE:
		return xasprintf("change a line of %s to \"%s\"%s",
				 change->name, change->content,
				 describe_follow_up(change->follow_up));
	case CHANGE_SERVICE:
		return xasprintf("enable %s", change->name);
	default:
		return xasprintf("disable %s", change->name);
	}
}

char *change_describe_undo(const struct change *change)
{
	switch (change->kind) {
	case CHANGE_DIRECTORY:
		return xasprintf("remove the directory %s, if it is empty",
				 change->name);
	case CHANGE_FILE:
		return xasprintf("remove %s%s", change->name,
				 describe_follow_up(change->follow_up));
	case CHANGE_LINE:
		return xasprintf("change the line of %s back to \"%s\"%s",
				 change->name, change->line,
				 describe_follow_up(change->follow_up));
	case CHANGE_SERVICE:
		return xasprintf("disable %s", change->name);
	default:
		return xasprintf("enable %s", change->name);
	}
}

/* The record */

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

static int save(const struct changes *recorded, const char *record)
{
	json_object *root, *list;
	struct error error;
	size_t i;
	int ret;

	if (!recorded->count) {
		ret = unlink(record);
		if (!ret || errno == ENOENT)
			return 0;
		warn("cannot remove %s", record);
		return -1;
	}
	root = json_object_new_object();
	list = json_object_new_array();
	for (i = 0; i < recorded->count; i++)
		json_object_array_add(list, to_json(&recorded->list[i]));
	json_object_object_add(root, "format",
			       json_object_new_int(RECORD_FORMAT));
	json_object_object_add(root, "changes", list);
	ret = textfile_replace(
		record,
		json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY),
		&error);
	if (ret)
		warnx("%s", error.reason);
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
	put(recorded, &change);
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

int changes_read(struct changes *recorded, const char *record)
{
	struct error error;
	char *text = textfile_read(record, &error);
	json_object *root;
	int ret;

	memset(recorded, 0, sizeof(*recorded));
	if (!text) {
		if (error.number == ENOENT)
			return 0;
		warnx("%s", error.reason);
		return -1;
	}
	root = json_tokener_parse(text);
	ret = all_from_json(recorded, root);
	if (ret) {
		warnx("%s is not what setup writes", record);
		changes_release(recorded);
	}
	json_object_put(root);
	free(text);
	return ret;
}

/* Making and taking back */

int change_make(const struct change *change, struct changes *recorded,
		const char *record)
{
	struct change *slot = find(recorded, change), before = {};
	int ret;

	if (slot)
		before = copy(slot);
	slot = put(recorded, change);
	ret = save(recorded, record);
	if (!ret) {
		ret = change_step_make(change);
		if (!ret)
			slot->finished = true;
		else if (before.name)
			put(recorded, &before);
		else
			forget(recorded, slot - recorded->list);
		if (save(recorded, record))
			ret = -1;
	}
	release(&before);
	return ret;
}

int change_undo(struct changes *recorded, size_t index, const char *record)
{
	if (change_step_take_back(&recorded->list[index]))
		return -1;
	forget(recorded, index);
	return save(recorded, record);
}
