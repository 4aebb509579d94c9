/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file in which setup records its changes, so that it can undo them. */
#ifndef KDUMP_CRYPT_CHANGE_RECORD_H
#define KDUMP_CRYPT_CHANGE_RECORD_H

#include "lib/error.h"
#include "tool/setup/change_list.h"

#define CHANGE_RECORD_DIRECTORY "/var/lib/kdump-crypt"
#define CHANGE_RECORD		CHANGE_RECORD_DIRECTORY "/setup.json"

/*
 * Read the recorded changes from @file. There are none if it does not exist.
 * Return 0 or -1. The caller releases them with changes_release().
 */
int change_record_read(struct changes *recorded, const char *file,
		       struct error *error);

/* Write the recorded changes to @file, or remove it if there are none. */
int change_record_write(const struct changes *recorded, const char *file,
			struct error *error);

#endif /* KDUMP_CRYPT_CHANGE_RECORD_H */
