/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making changes and undoing them. Each change is recorded before it is made,
 * so that an interrupted one can be undone, too. A file that somebody else made,
 * or has edited since, is never touched.
 */
#ifndef KDUMP_CRYPT_CHANGE_MAKE_H
#define KDUMP_CRYPT_CHANGE_MAKE_H

#include "lib/error.h"
#include "tool/host/messages.h"
#include "tool/setup/change_list.h"

/*
 * Make a change, and add it to @recorded and to the file @record. The output of
 * the programs that this runs is progress. Return 0, or -1 with the machine as
 * it was before.
 */
int change_make(const struct change *change, struct changes *recorded,
		const char *record, struct messages *messages,
		struct error *error);

/*
 * Undo the recorded change at @index, and remove it from @recorded and from the
 * file @record. Return 0, or -1 with the change still recorded.
 */
int change_undo(struct changes *recorded, size_t index, const char *record,
		struct messages *messages, struct error *error);

#endif /* KDUMP_CRYPT_CHANGE_MAKE_H */
