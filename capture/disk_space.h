/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DISK_SPACE_H
#define KDUMP_CRYPT_DISK_SPACE_H

#include <stdint.h>

#include "lib/error.h"

/*
 * Return the bytes that are free for everyone in the filesystem of @directory.
 * Return -1 if that is not known.
 */
int64_t disk_space_free(const char *directory);

/*
 * Replace the reason of a failed write to @directory if its filesystem is full.
 * error->number is ENOSPC then. Always return -1.
 */
int disk_space_explain(const char *directory, struct error *error);

/*
 * Keep @bytes away from the dump, with a file that has no name. Its space is
 * free again when the file is closed or the machine restarts. Return its file
 * descriptor. Return -1 if it cannot be had.
 */
int disk_space_hold(const char *directory, int64_t bytes);

#endif /* KDUMP_CRYPT_DISK_SPACE_H */
