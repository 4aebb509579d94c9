/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_DIRTY_ARRAYS_H
#define KDUMP_CRYPT_DIRTY_ARRAYS_H

#include "lib/text_list.h"

/*
 * Return which of the running machine's arrays md would not start after a crash
 * during writes, and what to do: those of level 4, 5 or 6 that lack disks. Only
 * arrays count whose UUID is in one of the texts of @layers. Return NULL if
 * there are none. The caller frees the text. @sysfs is /sys except in tests.
 */
char *dirty_arrays_problem(const struct text_list *layers, const char *sysfs);

#endif /* KDUMP_CRYPT_DIRTY_ARRAYS_H */
