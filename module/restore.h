/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The crash kernel's side: the files "restore", which turns the saved keys into
 * user keys, "hide", which keeps them out of the dump, and "hidden", in
 * /sys/kernel/config/crash_dm_crypt_keys and in
 * /sys/kernel/crash_dm_crypt_keys.
 */
#ifndef CRASH_DM_CRYPT_RESTORE_H
#define CRASH_DM_CRYPT_RESTORE_H

/* Return 0 or an errno; -EEXIST if the kernel has this interface itself. */
int restore_init(void);
void restore_exit(void);

#endif /* CRASH_DM_CRYPT_RESTORE_H */
