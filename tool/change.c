// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/json.h"
#include "../lib/textfile.h"
#include "../lib/xalloc.h"
#include "change.h"
#include "program_lines.h"
#include "system_program.h"

#define RECORD_FORMAT	1

/* As the record has them. */
static const char *const kind_names[] = {
	[CHANGE_DIRECTORY] = "directory",
	[CHANGE_FILE] = "file",
	[CHANGE_SERVICE] = "service",
};

static const char *const follow_up_names[] = {
	[NO_FOLLOW_UP] = "none",
	[UPDATE_GRUB] = "update-grub",
	[DAEMON_RELOAD] = "daemon-reload",
	[UPDATE_INITRAMFS] = "update-initramfs",
};

#define KIND_COUNT	(sizeof(kind_names) / sizeof(kind_names[0]))
#define FOLLOW_UP_COUNT	(sizeof(follow_up_names) / sizeof(follow_up_names[0]))

static void release(struct change *change)
{
	free(change->name);
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

static struct change *find(const struct changes *changes, const char *name)
{
	size_t i;

	for (i = 0; i < changes->count; i++)
		if (!strcmp(changes->list[i].name, name))
			return &changes->list[i];
	return NULL;
}

/* In place of a change of that name, or at the end. */
static struct change *put(struct changes *changes, const struct change *change)
{
	struct change *slot = find(changes, change->name);
	struct change copy = *change;

	copy.name = xstrdup(change->name);
	copy.content = change->content ? xstrdup(change->content) : NULL;
	if (slot) {
		release(slot);
	} else {
		changes->list = xrealloc(changes->list, (changes->count + 1) *
					 sizeof(*changes->list));
		slot = &changes->list[changes->count++];
	}
	*slot = copy;
	return slot;
}

static void forget(struct changes *changes, size_t index)
{
	release(&changes->list[index]);
	changes->count--;
	memmove(&changes->list[index], &changes->list[index + 1],
		(changes->count - index) * sizeof(*changes->list));
}

static void print_line(char *line, void *context)
{
	(void)context;
	puts(line);
}

static int run(const char *const *arguments)
{
	/* What was printed so far comes before what the program prints. */
	fflush(stdout);
	return program_lines_for_each((char *const *)arguments, print_line,
				      NULL);
}

/* What is wanted */

void change_want_directory(struct changes *wanted, const char *name,
			   mode_t mode)
{
	const struct change change = {
		.kind = CHANGE_DIRECTORY, .name = (char *)name, .mode = mode,
	};

	if (access(name, F_OK))
		put(wanted, &change);
}

int change_want_file(struct changes *wanted, const struct changes *recorded,
		     const char *name, const char *content,
		     enum follow_up follow_up)
{
	const struct change change = {
		.kind = CHANGE_FILE, .name = (char *)name,
		.content = (char *)content, .follow_up = follow_up,
	};
	const struct change *made = find(recorded, name);
	char *there = textfile_read(name);
	int ret = 0;

	if (!there && errno != ENOENT) {
		warn("%s", name);
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
	const char *const is_enabled[] = {
		"systemctl", "--quiet", "is-enabled", name, NULL
	};
	const struct change change = {
		.kind = CHANGE_SERVICE, .name = (char *)name,
	};

	if (run(is_enabled))
		put(wanted, &change);
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
	default:
		return xasprintf("enable %s", change->name);
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
	default:
		return xasprintf("disable %s", change->name);
	}
}

/* The record */

static json_object *to_json(const struct change *change)
{
	json_object *root = json_object_new_object();

	json_object_object_add(root, "kind",
		json_object_new_string(kind_names[change->kind]));
	json_object_object_add(root, "name",
			       json_object_new_string(change->name));
	if (change->kind == CHANGE_FILE) {
		json_object_object_add(root, "content",
			json_object_new_string(change->content));
		json_object_object_add(root, "follow_up",
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
	ret = textfile_replace(record,
		json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY));
	if (ret)
		warn("cannot write %s", record);
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
	int kind = find_name(kind_names, KIND_COUNT,
			     json_get_text(root, "kind"));
	int follow_up = find_name(follow_up_names, FOLLOW_UP_COUNT,
				  json_get_text(root, "follow_up"));
	struct change change = {
		.name = (char *)json_get_text(root, "name"),
		.content = (char *)json_get_text(root, "content"),
		.finished = json_object_get_boolean(
			json_get(root, "finished", json_type_boolean)),
	};

	if (kind < 0 || !change.name || change.name[0] == '\0')
		return -1;
	change.kind = kind;
	if (kind == CHANGE_FILE) {
		if (follow_up < 0 || !change.content)
			return -1;
		change.follow_up = follow_up;
	}
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
	char *text = textfile_read(record);
	json_object *root;
	int ret;

	memset(recorded, 0, sizeof(*recorded));
	if (!text) {
		if (errno == ENOENT)
			return 0;
		warn("%s", record);
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

static int run_or_warn(const char *const *arguments)
{
	int ret = run(arguments);

	if (ret)
		warnx("%s failed", arguments[0]);
	return ret;
}

/* With initramfs-tools, or with dracut. Other systems may boot without one. */
static int update_initramfs(void)
{
	static const char *const tools[][5] = {
		{ "update-initramfs", "-u", "-k", "all" },
		{ "dracut", "--regenerate-all", "--force" },
	};
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (!system_program_is_installed(tools[i][0]))
			continue;
		printf("Running %s, which takes a while\n", tools[i][0]);
		return run_or_warn(tools[i]);
	}
	return 0;
}

static int follow_up(const struct change *change)
{
	static const char *const update_grub[] = { "update-grub", NULL };
	static const char *const daemon_reload[] = {
		"systemctl", "daemon-reload", NULL
	};

	switch (change->follow_up) {
	case UPDATE_GRUB:
		return run_or_warn(update_grub);
	case DAEMON_RELOAD:
		/* It is there where systemd is, see sd_booted(3). */
		return access("/run/systemd/system", F_OK) ? 0 :
		       run_or_warn(daemon_reload);
	case UPDATE_INITRAMFS:
		return update_initramfs();
	default:
		return 0;
	}
}

static int switch_service(const char *verb, const char *name)
{
	const char *const arguments[] = { "systemctl", verb, name, NULL };

	return run_or_warn(arguments);
}

static void restore_file(const char *name, const char *content)
{
	if (content ? textfile_replace(name, content) : unlink(name))
		warn("%s stays as it is", name);
	else
		warnx("%s is again as it was: when the cause is gone, type kdump-crypt setup again",
		      name);
}

static int write_file(const struct change *change)
{
	char *before = textfile_read(change->name);
	int ret = textfile_replace(change->name, change->content);

	if (ret) {
		warn("cannot write %s", change->name);
	} else {
		ret = follow_up(change);
		if (ret)
			restore_file(change->name, before);
	}
	free(before);
	return ret;
}

static int make(const struct change *change)
{
	switch (change->kind) {
	case CHANGE_DIRECTORY:
		if (!mkdir(change->name, change->mode))
			return 0;
		warn("cannot make %s", change->name);
		return -1;
	case CHANGE_FILE:
		return write_file(change);
	default:
		return switch_service("enable", change->name);
	}
}

int change_make(const struct change *change, struct changes *recorded,
		const char *record)
{
	struct change *slot = find(recorded, change->name), before = { };
	int ret;

	if (slot) {
		before = *slot;
		before.name = xstrdup(slot->name);
		before.content = slot->content ? xstrdup(slot->content) : NULL;
	}
	slot = put(recorded, change);
	ret = save(recorded, record);
	if (!ret) {
		ret = make(change);
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

static int remove_directory(const char *name)
{
	if (!rmdir(name) || errno == ENOENT)
		return 0;
	if (errno == ENOTEMPTY || errno == EEXIST || errno == EBUSY) {
		warnx("%s is in use, so it stays", name);
		return 0;
	}
	warn("cannot remove %s", name);
	return -1;
}

static int remove_file(const struct change *change)
{
	char *there = textfile_read(change->name);
	bool edited = there && strcmp(there, change->content);

	free(there);
	if (edited) {
		warnx("%s was edited after setup wrote it, so it stays: remove it yourself where it is not needed",
		      change->name);
		return -1;
	}
	if (unlink(change->name) && errno != ENOENT) {
		warn("cannot remove %s", change->name);
		return -1;
	}
	return follow_up(change);
}

static int take_back(const struct change *change)
{
	switch (change->kind) {
	case CHANGE_DIRECTORY:
		return remove_directory(change->name);
	case CHANGE_FILE:
		return remove_file(change);
	default:
		return switch_service("disable", change->name);
	}
}

int change_undo(struct changes *recorded, size_t index, const char *record)
{
	if (take_back(&recorded->list[index]))
		return -1;
	forget(recorded, index);
	return save(recorded, record);
}
