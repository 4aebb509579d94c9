/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /sys/kernel/config/crash_dm_crypt_keys in a running kernel: which keys the
 * crash kernel will need.
 */
#ifndef CRASH_DM_CRYPT_REGISTRY_H
#define CRASH_DM_CRYPT_REGISTRY_H

#include <linux/types.h>

/*
 * Register the configfs interface. Items hold a reference on the module for
 * as long as they exist.
 * Returns 0 or an errno; -EEXIST where the kernel has this interface itself.
 */
int registry_init(void);
void registry_exit(void);

typedef int (*registry_visitor)(const char *item_name, const char *description,
				void *context);

/*
 * Call @visit for every item, in the order in which they were made, until it
 * returns an errno, which is passed on. The registry is locked meanwhile, so
 * what is visited is one consistent set. @description is empty where none was
 * written. May sleep.
 */
int registry_visit(registry_visitor visit, void *context);

/* The number of items. Takes no lock: callable from any context. */
unsigned int registry_count(void);

#endif /* CRASH_DM_CRYPT_REGISTRY_H */
