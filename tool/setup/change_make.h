/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making changes and undoing them. Each change is recorded before it is made,
 * so that an interrupted one can be undone, too. A file that somebody else made,
 * or has edited since, is never touched.
 */
#ifndef KDUMP_CRYPT_CHANGE_MAKE_H
#define KDUMP_CRYPT_CHANGE_MAKE_H

#include "lib/error.h"
#include "lib/text_list.h"
#include "tool/setup/change_list.h"

/* Where progress and warnings go. */
struct change_output {
	void (*progress)(const char *line); /* also what programs print */
	struct text_list warnings;	    /* the caller releases them */
};

/*
 * Make a change, and add it to @recorded and to the file @record. Return 0, or
 * -1 with the machine as it was before.
 */
int change_make(const struct change *change, struct changes *recorded,
		const char *record, struct change_output *output,
		struct error *error);

/*
 * Undo the recorded change at @index, and remove it from @recorded and from the
 * file @record. Return 0, or -1 with the change still recorded.
 */
int change_undo(struct changes *recorded, size_t index, const char *record,
		struct change_output *output, struct error *error);

#endif /* KDUMP_CRYPT_CHANGE_MAKE_H */
