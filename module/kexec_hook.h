/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hooks on the kexec core, through ftrace. One wraps the function that
 * builds a crash image. The others watch what becomes of that image, and one of
 * them shortens it.
 */
#ifndef CRASH_DM_CRYPT_KEXEC_HOOK_H
#define CRASH_DM_CRYPT_KEXEC_HOOK_H

/*
 * Return 0, or an errno if a function does not exist, if somebody else, such as
 * a live patch, may redirect it, or if ftrace is off.
 */
int kexec_hook_init(void);

/*
 * Return how many crash images anybody has begun to load since the module was
 * loaded. So a loader can tell whether the loaded image is its own.
 */
unsigned int kexec_hook_loads(void);

/* Return when no hook runs any more and none can start. */
void kexec_hook_exit(void);

#endif /* CRASH_DM_CRYPT_KEXEC_HOOK_H */
