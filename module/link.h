/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Volume keys into root's user keyring as dm-crypt opens the volumes that the
 * module parameter link= lists, whatever program opens them.
 */
#ifndef CRASH_DM_CRYPT_LINK_H
#define CRASH_DM_CRYPT_LINK_H

/*
 * dm_crypt may be loaded before or after this, or never. Where its hook cannot
 * be had that is logged, and no key is linked.
 */
void link_init(void);

/* Returns when no hook runs any more and none can start. */
void link_exit(void);

#endif /* CRASH_DM_CRYPT_LINK_H */
