/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /sys/kernel/config/crash_dm_crypt_keys in a running kernel: which keys the
 * crash kernel will need.
 */
#ifndef CRASH_DM_CRYPT_REGISTRY_H
#define CRASH_DM_CRYPT_REGISTRY_H

#include <linux/types.h>

#include "area.h"

/*
 * Register the configfs interface, which refuses items with ENODEV until it
 * was opened. Items hold a reference on the module for as long as they exist.
 * Returns 0 or an errno; -EEXIST where the kernel has this interface itself.
 */
int registry_init(void);
void registry_open(void);
void registry_exit(void);

struct registry_key {
	char description[AREA_MAX_DESCRIPTION + 1];
	bool hide_only; /* as AREA_KEY_HIDE_ONLY */
};

/*
 * What all items are now, in the order in which they were made. Returns how
 * many there are in *@keys, for the caller to kvfree(), -ENOMEM, or -EINVAL for
 * an item without a description, which was logged. May sleep.
 */
int registry_snapshot(struct registry_key **keys);

/* The number of items. Takes no lock: callable from any context. */
unsigned int registry_count(void);

#endif /* CRASH_DM_CRYPT_REGISTRY_H */
