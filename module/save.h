/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The running kernel's side: the volume keys that are saved for the crash
 * kernel. There are two ways: segment.h is for kexec_file_load(2), and held.h
 * for kexec_load(2). At most one crash image is loaded, so at most one of them
 * has the keys of a loaded image. This is what both have in common.
 */
#ifndef CRASH_DM_CRYPT_SAVE_H
#define CRASH_DM_CRYPT_SAVE_H

#include <linux/types.h>

#include "area.h"

/* Return 0 or -ENOMEM. */
int save_init(void);

/* Call this when no hook runs any more. */
void save_exit(void);

/*
 * Copy the saved area of the loaded crash image into @copy, of AREA_MAX_SIZE
 * bytes, which is secret then. Return false if no image with keys is loaded.
 */
bool save_copy_armed(struct area *copy);

/*
 * Wipe the key with this description from the loaded image, which stays loaded.
 * Return 0, also if there is no such key, -EBUSY if a load does not end, or
 * -ENOMEM. May sleep.
 */
int save_remove_key(const char *description);

/* Return the number of keys in the crash image that is loaded now. */
unsigned int save_armed_keys(void);

/* Return true if that has a key with this description. */
bool save_includes(const char *description);

/* Return true if keys are saved, or are on their way there. */
bool save_has_keys(void);

#endif /* CRASH_DM_CRYPT_SAVE_H */
