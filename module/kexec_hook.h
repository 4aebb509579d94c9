/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the module meets the kexec core, through ftrace: the one call that
 * builds a crash image is wrapped, some more are watched to learn what becomes
 * of that image, and one to shorten it.
 */
#ifndef CRASH_DM_CRYPT_KEXEC_HOOK_H
#define CRASH_DM_CRYPT_KEXEC_HOOK_H

/*
 * Returns an errno where a function is not there to be hooked, is hooked by
 * somebody else who may redirect it (a live patch), or ftrace is off.
 */
int kexec_hook_init(void);

/* Returns when no hook runs any more and none can start. */
void kexec_hook_exit(void);

#endif /* CRASH_DM_CRYPT_KEXEC_HOOK_H */
