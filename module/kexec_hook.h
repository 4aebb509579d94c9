/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hooks on the kexec core, through ftrace. One wraps the function that
 * builds a crash image, or the system call. The others watch what becomes of
 * that image, and one of them may shorten it.
 */
#ifndef CRASH_DM_CRYPT_KEXEC_HOOK_H
#define CRASH_DM_CRYPT_KEXEC_HOOK_H

/*
 * Watch what becomes of crash images. Return 0, -ENOENT if a function does not
 * exist, -EOPNOTSUPP if it has other arguments, or another errno if ftrace is
 * off. May sleep.
 */
int kexec_hook_init(void);

/*
 * Save keys from now on, in each load of a crash image. Return 0, -EOPNOTSUPP if
 * the machine's memory is encrypted, -EBUSY if somebody else, such as a live
 * patch, redirects the function that builds the image, or another errno. May
 * sleep.
 */
int kexec_hook_begin(void);

/* Save no keys from now on. Do nothing if none were. May sleep. */
void kexec_hook_end(void);

/* Return when no hook runs any more and none can start. */
void kexec_hook_exit(void);

#endif /* CRASH_DM_CRYPT_KEXEC_HOOK_H */
