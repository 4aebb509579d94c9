/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Saved keys into a keyring, in the crash kernel: the switch "restore" in
 * /sys/kernel/config/crash_dm_crypt_keys and in
 * /sys/kernel/crash_dm_crypt_keys.
 */
#ifndef CRASH_DM_CRYPT_RESTORE_H
#define CRASH_DM_CRYPT_RESTORE_H

int restore_init(void);
void restore_exit(void);

#endif /* CRASH_DM_CRYPT_RESTORE_H */
