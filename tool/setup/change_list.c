// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/host/systemd_service.h"
#include "tool/setup/change_list.h"

void changes_release(struct changes *changes)
{
	size_t i;

	for (i = 0; i < changes->count; i++)
		change_release(&changes->list[i]);
	free(changes->list);
	memset(changes, 0, sizeof(*changes));
}

/* Several lines of a file may be changed. All else has one change. */
static bool are_of_the_same(const struct change *one,
			    const struct change *other)
{
	return !strcmp(one->name, other->name) &&
	       !strcmp(one->line ?: "", other->line ?: "");
}

struct change *changes_find(const struct changes *changes,
			    const struct change *change)
{
	size_t i;

	for (i = 0; i < changes->count; i++)
		if (are_of_the_same(&changes->list[i], change))
			return &changes->list[i];
	return NULL;
}

struct change *changes_put(struct changes *changes, const struct change *change)
{
	struct change *slot = changes_find(changes, change);
	struct change copy = change_copy(change);

	if (slot) {
		change_release(slot);
	} else {
		changes->list =
			xrealloc(changes->list,
				 (changes->count + 1) * sizeof(*changes->list));
		slot = &changes->list[changes->count++];
	}
	*slot = copy;
	return slot;
}

void changes_remove(struct changes *changes, size_t index)
{
	change_release(&changes->list[index]);
	changes->count--;
	memmove(&changes->list[index], &changes->list[index + 1],
		(changes->count - index) * sizeof(*changes->list));
}

void change_want_directory(struct changes *wanted, const char *name,
			   mode_t mode)
{
	const struct change change = {
		.kind = CHANGE_DIRECTORY,
		.name = (char *)name,
		.mode = mode,
	};

	if (access(name, F_OK))
		changes_put(wanted, &change);
}

int change_want_file(struct changes *wanted, const struct changes *recorded,
		     const char *name, const char *content,
		     enum follow_up follow_up, struct error *error)
{
	const struct change change = {
		.kind = CHANGE_FILE,
		.name = (char *)name,
		.content = (char *)content,
		.follow_up = follow_up,
	};
	const struct change *made = changes_find(recorded, &change);
	struct error cause;
	char *there = textfile_read(name, &cause);
	int ret = 0;

	if (!there && cause.number != ENOENT)
		return error_set(error, cause.number, "%s", cause.reason);
	if (there && !strcmp(there, content)) {
		if (made && !made->finished)
			changes_put(wanted, &change);
	} else if (there && (!made || strcmp(there, made->content))) {
		ret = error_set(
			error, EEXIST,
			"%s differs from the file that setup writes: move it away, then run kdump-crypt setup again",
			name);
	} else {
		changes_put(wanted, &change);
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

	if (!systemd_service_is_enabled(name))
		changes_put(wanted, &change);
}

void change_want_other_service(struct changes *wanted, const char *name)
{
	const struct change change = {
		.kind = CHANGE_OTHER_SERVICE,
		.name = (char *)name,
	};

	if (systemd_service_is_enabled(name))
		changes_put(wanted, &change);
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

	changes_put(wanted, &change);
}

void change_want_unfinished(struct changes *wanted,
			    const struct changes *recorded, const char *name)
{
	size_t i;

	for (i = 0; i < recorded->count; i++)
		if (!strcmp(recorded->list[i].name, name) &&
		    !recorded->list[i].finished)
			changes_put(wanted, &recorded->list[i]);
}
