// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/program_lines.h"
#include "tool/host/system_program.h"
#include "tool/host/system_service.h"
#include "tool/setup/change_step.h"

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
	static const char *const daemon_reload[] = { "systemctl",
						     "daemon-reload", NULL };

	switch (change->follow_up) {
	case UPDATE_GRUB:
		return run_or_warn(update_grub);
	case DAEMON_RELOAD:
		/* It is there where systemd is, see sd_booted(3). */
		return access("/run/systemd/system", F_OK) ?
			       0 :
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

static void say_restored(const char *name, int ret, const struct error *error)
{
	if (ret)
		warnx("%s stays as it is: %s", name, error->reason);
	else
		warnx("%s is again as it was: when the cause is gone, type kdump-crypt setup again",
		      name);
}

static void restore_file(const char *name, const char *content)
{
	struct error error;
	int ret;

	if (content) {
		ret = textfile_replace(name, content, &error);
	} else {
		ret = unlink(name);
		if (ret)
			error_set_errno(&error, "cannot remove %s", name);
	}
	say_restored(name, ret, &error);
}

static int write_file(const struct change *change)
{
	char *before = textfile_read(change->name, NULL);
	struct error error;
	int ret = textfile_replace(change->name, change->content, &error);

	if (ret) {
		warnx("%s", error.reason);
	} else {
		ret = follow_up(change);
		if (ret)
			restore_file(change->name, before);
	}
	free(before);
	return ret;
}

/* What the change adds to its line, for the caller to free. */
static char *added_text(const struct change *change)
{
	size_t more = strlen(change->content) - strlen(change->line), i = 0;

	while (change->line[i] && change->line[i] == change->content[i])
		i++;
	return xasprintf("%.*s", (int)more, change->content + i);
}

/* Whether that is anywhere in the file. */
static bool has_added_text(const struct change *change)
{
	char *text = textfile_read(change->name, NULL);
	char *added = added_text(change);
	bool found = text && strstr(text, added);

	free(added);
	free(text);
	return found;
}

static int write_line(const struct change *change)
{
	const char *name = change->name;
	struct error error;
	int ret = textfile_replace_line(name, change->line, change->content,
					&error);

	if (ret && (error.number != ESRCH || !has_added_text(change))) {
		warnx("%s", error.reason);
		return -1;
	}
	ret = follow_up(change);
	if (ret)
		say_restored(name,
			     textfile_replace_line(name, change->content,
						   change->line, &error),
			     &error);
	return ret;
}

int change_step_make(const struct change *change)
{
	switch (change->kind) {
	case CHANGE_DIRECTORY:
		if (!mkdir(change->name, change->mode))
			return 0;
		warn("cannot make %s", change->name);
		return -1;
	case CHANGE_FILE:
		return write_file(change);
	case CHANGE_LINE:
		return write_line(change);
	case CHANGE_SERVICE:
		return switch_service("enable", change->name);
	default:
		return switch_service("disable", change->name);
	}
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
	char *there = textfile_read(change->name, NULL);
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

static int restore_line(const struct change *change)
{
	struct error error;
	char *added;

	if (!textfile_replace_line(change->name, change->content, change->line,
				   &error))
		return follow_up(change);
	if (error.number != ESRCH && error.number != ENOENT) {
		warnx("%s", error.reason);
		return -1;
	}
	if (!has_added_text(change))
		return follow_up(change);
	added = added_text(change);
	warnx("the line of %s that setup changed was edited since, so it stays: take \"%s\" out of it yourself where it is not needed",
	      change->name, added);
	free(added);
	return -1;
}

static int enable_again(const char *name)
{
	if (system_service_is_installed(name))
		return switch_service("enable", name);
	printf("%s is not installed any more\n", name);
	return 0;
}

int change_step_take_back(const struct change *change)
{
	switch (change->kind) {
	case CHANGE_DIRECTORY:
		return remove_directory(change->name);
	case CHANGE_FILE:
		return remove_file(change);
	case CHANGE_LINE:
		return restore_line(change);
	case CHANGE_SERVICE:
		return switch_service("disable", change->name);
	default:
		return enable_again(change->name);
	}
}
