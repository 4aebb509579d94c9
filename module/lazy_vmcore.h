/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In the crash kernel: /proc/crash_dm_crypt_vmcore, which shows what /proc/vmcore
 * shows. The difference is in when the pages of a mapping are searched for keys:
 * in /proc/vmcore all of them when they are mapped, here each when it is first
 * accessed.
 */
#ifndef CRASH_DM_CRYPT_LAZY_VMCORE_H
#define CRASH_DM_CRYPT_LAZY_VMCORE_H

/*
 * Register what this needs from /proc/vmcore. Call this once, before
 * /proc/vmcore is opened and before hiding registers its own callback. The
 * module must not be removed after it.
 */
void lazy_vmcore_register(void);

/*
 * Create the file, unless it exists. Call this after lazy_vmcore_register() when
 * pages are hidden, and only if all memory that /proc/vmcore lists is mapped
 * with MEMREMAP_WB: that is where the kernel gets the caching mode from. Calls
 * must not overlap. Return 0, -ENOMEM, or the error of opening /proc/vmcore. May
 * sleep.
 */
int lazy_vmcore_create(void);

#endif /* CRASH_DM_CRYPT_LAZY_VMCORE_H */
