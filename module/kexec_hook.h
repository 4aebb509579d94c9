/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hooks on the kexec core, through ftrace. Some wrap the function that
 * builds a crash image, or the system call: kexec_file_load_hook.h,
 * kexec_load_hook.h. The others watch what becomes of that image.
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
 * Save keys from now on, in each load of a crash image with kexec_file_load(2),
 * if ARCH_SAVES_SEGMENT, and with kexec_load(2), if held_is_ready(). Do nothing
 * for what is so already. Return 0, -EOPNOTSUPP if the machine's memory is
 * encrypted, -EBUSY if somebody else, such as a live patch, redirects a
 * function, or another errno. Loads of the other kind may save keys then. May
 * sleep.
 */
int kexec_hook_begin(void);

/* Save no keys from now on. Do nothing if none were. May sleep. */
void kexec_hook_end(void);

/* Return when no hook runs any more and none can start. */
void kexec_hook_exit(void);

#endif /* CRASH_DM_CRYPT_KEXEC_HOOK_H */
