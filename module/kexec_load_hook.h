/* SPDX-License-Identifier: GPL-2.0 */
/* The hooks for kexec_load(2). One wraps the system call. */
#ifndef CRASH_DM_CRYPT_KEXEC_LOAD_HOOK_H
#define CRASH_DM_CRYPT_KEXEC_LOAD_HOOK_H

/* As the functions of kexec_hook.h. */
int kexec_load_hook_init(void);
void kexec_load_hook_end(void);
void kexec_load_hook_exit(void);

/* The same, but kexec_load_hook_init() is called first if it was not yet. */
int kexec_load_hook_begin(void);

#endif /* CRASH_DM_CRYPT_KEXEC_LOAD_HOOK_H */
