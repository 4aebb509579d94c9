/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps the crash kernel from writing to a directory, though root may. */
#ifndef KDUMP_CRYPT_WRITABLE_H
#define KDUMP_CRYPT_WRITABLE_H

#include "lib/error.h"
#include "tool/storage/block_stack.h"

/*
 * Return 0 if new files can be made in the directory @path, which lies on the
 * devices in @stack. Return -1 with EROFS or EPERM if they cannot. A filesystem
 * that is mounted read-only is not a reason: the crash kernel mounts it itself.
 */
int writable_check(const char *path, const struct block_stack *stack,
		   struct error *error);

#endif /* KDUMP_CRYPT_WRITABLE_H */
