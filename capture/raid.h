/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MD RAID arrays. The plan's array number N becomes /dev/mdN. */
#ifndef KDUMP_CRYPT_RAID_H
#define KDUMP_CRYPT_RAID_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"

/*
 * Assemble the array @uuid as number @index, with as many of its disks as it
 * needs if @degraded, otherwise only with all of them. The output of mdadm is
 * in the file @log. error->number is EAGAIN if mdadm could not start the array,
 * as happens until its disks have appeared.
 */
int raid_assemble(size_t index, const char *uuid, bool degraded,
		  const char *log, struct error *error);

/* Let md start degraded arrays whose parity may not match. Call it before. */
void raid_allow_dirty_degraded(void);

/* Return how many disks the assembled array lacks. */
unsigned int raid_missing_disks(size_t index);

int raid_stop(size_t index, struct error *error);

/* Return the name of the array's device. The caller frees it. */
char *raid_device(size_t index);

#endif /* KDUMP_CRYPT_RAID_H */
