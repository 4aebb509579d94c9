/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record of the files that programs need, so that not each load has to run
 * programs to find them. It counts as long as nothing has changed that it was
 * found in.
 */
#ifndef KDUMP_CRYPT_PROGRAMS_RECORD_H
#define KDUMP_CRYPT_PROGRAMS_RECORD_H

#include <stdbool.h>

#include "lib/text_list.h"
#include "tool/image/initramfs.h"

/*
 * Add to @initramfs what the record @file has for @request. Return false, with
 * nothing added, if it has another request, or if any file that it depends on is
 * not as it was.
 */
bool programs_record_use(const char *file, const char *request,
			 struct initramfs *initramfs);

/*
 * Record for @request what was added to @initramfs after its first @first
 * things. It depends on their sources and the directories of those, and on the
 * @others. Nothing is recorded if that is not possible: then the next load finds
 * the files again.
 */
void programs_record_write(const char *file, const char *request,
			   const struct initramfs *initramfs, size_t first,
			   const struct text_list *others);

#endif /* KDUMP_CRYPT_PROGRAMS_RECORD_H */
