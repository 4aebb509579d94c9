/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /sys/kernel/config/crash_dm_crypt_keys in a running kernel: the list of the
 * keys that the crash kernel needs.
 */
#ifndef CRASH_DM_CRYPT_REGISTRY_H
#define CRASH_DM_CRYPT_REGISTRY_H

#include "needed_key.h"

/*
 * Register the configfs interface. It refuses items with ENODEV until
 * registry_open(). Items hold a reference on the module as long as they exist.
 * Return 0 or an errno; -EEXIST if the kernel has this interface itself.
 */
int registry_init(void);
void registry_open(void);
void registry_exit(void);

/*
 * Copy what all items say now, in the order in which they were made, to *@keys,
 * which the caller frees with kvfree(). Return their number, -ENOMEM, or
 * -EINVAL if an item has no description, which is logged. On failure *@keys is
 * NULL. May sleep.
 */
int registry_snapshot(struct needed_key **keys);

/* Return the number of items. Takes no lock: callable from any context. */
unsigned int registry_count(void);

#endif /* CRASH_DM_CRYPT_REGISTRY_H */
