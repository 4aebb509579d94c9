/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of changes: those that are recorded, and those that are wanted. */
#ifndef KDUMP_CRYPT_CHANGE_LIST_H
#define KDUMP_CRYPT_CHANGE_LIST_H

#include <stddef.h>

#include "lib/error.h"
#include "tool/setup/change.h"

/* All zero is an empty list. */
struct changes {
	struct change *list;
	size_t count;
};

void changes_release(struct changes *changes);

/*
 * Return the change in the list that is of the same file, line or unit as
 * @change. Return NULL if there is none.
 */
struct change *changes_find(const struct changes *changes,
			    const struct change *change);

/*
 * Put a copy of @change into the list, in place of a change of the same file,
 * line or unit. Return the copy.
 */
struct change *changes_put(struct changes *changes,
			   const struct change *change);

/* Take the change at @index out of the list. */
void changes_remove(struct changes *changes, size_t index);

/* Each adds a change to those that are wanted, unless it is already made. */
void change_want_directory(struct changes *wanted, const char *name,
			   mode_t mode);
void change_want_service(struct changes *wanted, const char *name);
void change_want_other_service(struct changes *wanted, const char *name);

/*
 * The same for a file. It may replace only a file that is as it was recorded.
 * Return 0. Return -1 if another file of that name is there.
 */
int change_want_file(struct changes *wanted, const struct changes *recorded,
		     const char *name, const char *content,
		     enum follow_up follow_up, struct error *error);

/*
 * Add the change of @line in the file @name to @content, which is @line with
 * something added. This does not look whether the change is already made.
 */
void change_want_line(struct changes *wanted, const char *name,
		      const char *line, const char *content,
		      enum follow_up follow_up);

/* Add the changes of the file @name that were recorded and then interrupted. */
void change_want_unfinished(struct changes *wanted,
			    const struct changes *recorded, const char *name);

#endif /* KDUMP_CRYPT_CHANGE_LIST_H */
