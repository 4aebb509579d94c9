// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "lib/xalloc.h"
#include "tool/setup/change.h"

struct change change_copy(const struct change *change)
{
	struct change copy = *change;

	copy.name = xstrdup(change->name);
	copy.line = xstrdup_or_null(change->line);
	copy.content = xstrdup_or_null(change->content);
	return copy;
}

void change_release(struct change *change)
{
	free(change->name);
	free(change->line);
	free(change->content);
}

static const char *describe_follow_up(enum follow_up follow_up)
{
	switch (follow_up) {
	case UPDATE_GRUB:
		return " and run update-grub";
	case DAEMON_RELOAD:
		return " and reload systemd";
	case UPDATE_INITRAMFS:
		return " and update the boot initramfs";
	case KERNEL_INSTALL:
		return " and run kernel-install for each kernel";
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
