/* SPDX-License-Identifier: GPL-2.0 */
/* The hooks on dm-crypt, through ftrace. */
#ifndef CRASH_DM_CRYPT_DM_CRYPT_HOOK_H
#define CRASH_DM_CRYPT_DM_CRYPT_HOOK_H

#include <linux/types.h>

/*
 * dm_crypt may be loaded before or after this, or never. If it cannot be
 * hooked, log that.
 */
void dm_crypt_hook_init(void);

/*
 * Tell whether keys may be saved. While they may, or volumes are listed in
 * link=, notice that volumes are suspended. May sleep.
 */
void dm_crypt_hook_watch(bool keys_may_be_saved);

/* Return when no hook runs any more and none can start. */
void dm_crypt_hook_exit(void);

#endif /* CRASH_DM_CRYPT_DM_CRYPT_HOOK_H */
