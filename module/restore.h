/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the saved keys are for in the crash kernel: the switches "restore", which
 * makes user keys of them, and "hide", which keeps them out of the dump, in
 * /sys/kernel/config/crash_dm_crypt_keys and in
 * /sys/kernel/crash_dm_crypt_keys.
 */
#ifndef CRASH_DM_CRYPT_RESTORE_H
#define CRASH_DM_CRYPT_RESTORE_H

int restore_init(void);
void restore_exit(void);

#endif /* CRASH_DM_CRYPT_RESTORE_H */
