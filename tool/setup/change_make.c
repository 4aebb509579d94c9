// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/run_program.h"
#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/architecture.h"
#include "tool/host/installed_program.h"
#include "tool/host/systemd_service.h"
#include "tool/setup/change_make.h"
#include "tool/setup/change_record.h"
#include "tool/setup/command_line_file.h"

struct output {
	struct messages *messages;
	bool disk_is_full;
};

static void pass_on(char *line, void *context)
{
	struct output *output = context;

	if (strstr(line, "No space left on device"))
		output->disk_is_full = true;
	output->messages->progress(line);
}

static int run(const char *const *arguments, struct messages *messages,
	       struct error *error)
{
	struct output output = { .messages = messages };
	int status = run_program_for_all_lines((char *const *)arguments,
					       pass_on, &output, error);

	if (status > 0 && output.disk_is_full)
		error_set(
			error, ENOSPC,
			"%s failed because a disk is full: free some space in /boot and /var/tmp",
			arguments[0]);
	else if (status > 0)
		error_set(error, 0, "%s failed", arguments[0]);
	return status ? -1 : 0;
}

/* A system with neither of the tools may boot without an initramfs. */
static int update_initramfs(struct messages *messages, struct error *error)
{
	static const char *const tools[][5] = {
		{ "update-initramfs", "-u", "-k", "all" },
		{ "dracut", "--regenerate-all", "--force" },
	};
	char *line;
	size_t i;

	for (i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		if (!program_is_installed(tools[i][0]))
			continue;
		line = xasprintf("Running %s, which takes a while",
				 tools[i][0]);
		messages->progress(line);
		free(line);
		return run(tools[i], messages, error);
	}
	return 0;
}

static int install_kernel(const char *file, struct messages *messages,
			  struct error *error)
{
	const char *version = file + strlen(KERNEL_FILE);
	const char *const arguments[] = { "kernel-install", "add", version,
					  file, NULL };
	char *modules = xasprintf("/lib/modules/%s", version), *line;
	int ret = 0;

	/* A file that a removed kernel has left gets no entry. */
	if (!access(modules, F_OK)) {
		line = xasprintf("Running kernel-install for %s", version);
		messages->progress(line);
		free(line);
		ret = run(arguments, messages, error);
	}
	free(modules);
	return ret;
}

static int install_kernels(struct messages *messages, struct error *error)
{
	glob_t files;
	int ret = 0;
	size_t i;

	if (glob(KERNEL_FILE "*", 0, NULL, &files))
		return 0;
	for (i = 0; i < files.gl_pathc && !ret; i++)
		ret = install_kernel(files.gl_pathv[i], messages, error);
	globfree(&files);
	return ret;
}

static int follow_up(const struct change *change, struct messages *messages,
		     struct error *error)
{
	static const char *const update_grub[] = { "update-grub", NULL };
	static const char *const daemon_reload[] = { "systemctl",
						     "daemon-reload", NULL };

	switch (change->follow_up) {
	case UPDATE_GRUB:
		return run(update_grub, messages, error);
	case DAEMON_RELOAD:
		/* See sd_booted(3). */
		return access("/run/systemd/system", F_OK) ?
			       0 :
			       run(daemon_reload, messages, error);
	case UPDATE_INITRAMFS:
		return update_initramfs(messages, error);
	case KERNEL_INSTALL:
		return install_kernels(messages, error);
	default:
		return 0;
	}
}

static int switch_service(const char *verb, const char *name,
			  struct messages *messages, struct error *error)
{
	const char *const arguments[] = { "systemctl", verb, name, NULL };

	return run(arguments, messages, error);
}

static int explain_restored(struct error *error, const struct error *cause,
			    const char *name)
{
	return error_set(
		error, cause->number,
		"%s, so the change to %s was undone: correct the cause, then run kdump-crypt setup again",
		cause->reason, name);
}

/* After @cause. @content is NULL if there was no file. */
static int restore_file(const char *name, const char *content,
			const struct error *cause, struct error *error)
{
	if (content && textfile_replace(name, content, error))
		return error_prefix(error, "%s, and then", cause->reason);
	if (!content && unlink(name))
		return error_set_errno(error, "%s, and then: cannot remove %s",
				       cause->reason, name);
	return explain_restored(error, cause, name);
}

static int write_file(const struct change *change, struct messages *messages,
		      struct error *error)
{
	char *before = textfile_read(change->name, NULL);
	struct error cause;
	int ret = textfile_replace(change->name, change->content, error);

	if (!ret && follow_up(change, messages, &cause))
		ret = restore_file(change->name, before, &cause, error);
	free(before);
	return ret;
}

/* Return what the change adds to its line. The caller frees it. */
static char *added_text(const struct change *change)
{
	size_t more = strlen(change->content) - strlen(change->line), i = 0;

	while (change->line[i] && change->line[i] == change->content[i])
		i++;
	return xasprintf("%.*s", (int)more, change->content + i);
}

/* Return true if that is anywhere in the file. */
static bool has_added_text(const struct change *change)
{
	char *text = textfile_read(change->name, NULL);
	char *added = added_text(change);
	bool found = text && strstr(text, added);

	free(added);
	free(text);
	return found;
}

static int write_line(const struct change *change, struct messages *messages,
		      struct error *error)
{
	const char *name = change->name;
	struct error cause;

	if (textfile_replace_line(name, change->line, change->content,
				  &cause) &&
	    (cause.number != ESRCH || !has_added_text(change)))
		return error_set(error, cause.number, "%s", cause.reason);
	if (!follow_up(change, messages, &cause))
		return 0;
	if (textfile_replace_line(name, change->content, change->line, error))
		return error_prefix(error, "%s, and then", cause.reason);
	return explain_restored(error, &cause, name);
}

static int make(const struct change *change, struct messages *messages,
		struct error *error)
{
	switch (change->kind) {
	case CHANGE_DIRECTORY:
		if (!mkdir(change->name, change->mode))
			return 0;
		return error_set_make(error, change->name);
	case CHANGE_FILE:
		return write_file(change, messages, error);
	case CHANGE_LINE:
		return write_line(change, messages, error);
	case CHANGE_SERVICE:
		return switch_service("enable", change->name, messages, error);
	default:
		return switch_service("disable", change->name, messages, error);
	}
}

static int remove_directory(const char *name, struct messages *messages,
			    struct error *error)
{
	if (!rmdir(name) || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST && errno != EBUSY)
		return error_set_errno(error, "cannot remove %s", name);
	text_list_addf(&messages->warnings, "%s is in use, so it stays", name);
	return 0;
}

/*
 * Without its file, kernel-install(8) takes the command line of the running
 * kernel, which has the parameter.
 */
static int install_without_reservation(const struct change *change,
				       struct messages *messages,
				       struct error *error)
{
	char *content = command_line_without(change->content);
	int ret = textfile_replace(change->name, content, error);

	free(content);
	return ret ? -1 : install_kernels(messages, error);
}

static int remove_file(const struct change *change, struct messages *messages,
		       struct error *error)
{
	char *there = textfile_read(change->name, NULL);
	bool edited = there && strcmp(there, change->content);

	free(there);
	if (edited)
		return error_set(
			error, 0,
			"%s was edited after setup wrote it, so it stays: remove it if it is not needed, then run kdump-crypt setup --undo again",
			change->name);
	if (change->follow_up == KERNEL_INSTALL &&
	    install_without_reservation(change, messages, error))
		return -1;
	if (unlink(change->name) && errno != ENOENT)
		return error_set_errno(error, "cannot remove %s", change->name);
	return change->follow_up == KERNEL_INSTALL ?
		       0 :
		       follow_up(change, messages, error);
}

static int restore_line(const struct change *change, struct messages *messages,
			struct error *error)
{
	struct error cause;
	char *added;

	if (!textfile_replace_line(change->name, change->content, change->line,
				   &cause))
		return follow_up(change, messages, error);
	if (cause.number != ESRCH && cause.number != ENOENT)
		return error_set(error, cause.number, "%s", cause.reason);
	if (!has_added_text(change))
		return follow_up(change, messages, error);
	added = added_text(change);
	error_set(
		error, 0,
		"the line of %s that setup changed was edited since, so it stays: remove \"%s\" from it if it is not needed, then run kdump-crypt setup --undo again",
		change->name, added);
	free(added);
	return -1;
}

static int enable_again(const char *name, struct messages *messages,
			struct error *error)
{
	char *line;

	if (systemd_service_is_installed(name))
		return switch_service("enable", name, messages, error);
	line = xasprintf("%s is no longer installed", name);
	messages->progress(line);
	free(line);
	return 0;
}

static int undo(const struct change *change, struct messages *messages,
		struct error *error)
{
	switch (change->kind) {
	case CHANGE_DIRECTORY:
		return remove_directory(change->name, messages, error);
	case CHANGE_FILE:
		return remove_file(change, messages, error);
	case CHANGE_LINE:
		return restore_line(change, messages, error);
	case CHANGE_SERVICE:
		return switch_service("disable", change->name, messages, error);
	default:
		return enable_again(change->name, messages, error);
	}
}
int change_make(const struct change *change, struct changes *recorded,
		const char *record, struct messages *messages,
		struct error *error)
{
	struct change *slot = changes_find(recorded, change), before = {};
	int ret;

	if (slot)
		before = change_copy(slot);
	slot = changes_put(recorded, change);
	ret = change_record_write(recorded, record, error);
	if (!ret) {
		ret = make(change, messages, error);
		if (!ret)
			slot->finished = true;
		else if (before.name)
			changes_put(recorded, &before);
		else
			changes_remove(recorded, slot - recorded->list);
		/* The first reason stays. */
		if (change_record_write(recorded, record, ret ? NULL : error))
			ret = -1;
	}
	change_release(&before);
	return ret;
}

int change_undo(struct changes *recorded, size_t index, const char *record,
		struct messages *messages, struct error *error)
{
	if (undo(&recorded->list[index], messages, error))
		return -1;
	changes_remove(recorded, index);
	return change_record_write(recorded, record, error);
}
