/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When dm-crypt opens a volume that the module parameter link= lists, link its
 * volume key into root's user keyring, whatever program opens the volume.
 */
#ifndef CRASH_DM_CRYPT_LINK_H
#define CRASH_DM_CRYPT_LINK_H

/*
 * dm_crypt may be loaded before or after this, or never. If it cannot be
 * hooked, log that and link no key.
 */
void link_init(void);

/* Return when no hook runs any more and none can start. */
void link_exit(void);

#endif /* CRASH_DM_CRYPT_LINK_H */
