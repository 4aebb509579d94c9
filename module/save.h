/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The running kernel's side: volume keys on their way into the reserved memory
 * of the crash kernel.
 *
 * At most one crash image exists at a time, loaded or being loaded, and so does
 * one saved area. While there are keys anywhere, they hold a reference on the
 * module, as it is the module that wipes them.
 */
#ifndef CRASH_DM_CRYPT_SAVE_H
#define CRASH_DM_CRYPT_SAVE_H

#include <linux/kexec.h>
#include <linux/types.h>

#include "area.h"
#include "needed_key.h"

/* Return 0 or -ENOMEM. */
int save_init(void);

/* Call this when no hook runs any more. */
void save_exit(void);

/*
 * Add a segment with @count needed keys to @image, a crash image that is being
 * loaded and has no segments yet. Without needed keys this does nothing and
 * succeeds. Call it under the kexec lock, in the process that loads: it
 * searches that process's keyrings. May sleep.
 *
 * On success set *@parameters to the text that the crash kernel's command line
 * has to start with, or to NULL without needed keys. The caller frees it with
 * kfree().
 * Return an errno if any of the keys cannot be had or placed. Then no copy of a
 * key is left, the reason is in the log, and the load must fail.
 */
int save_keys(struct kimage *image, const struct needed_key *needed,
	      unsigned int count, char **parameters);

/*
 * The following report what the kexec core does. Call them for any image, from
 * any context; they may run concurrently.
 */

/*
 * Reserved memory is about to be written for @image, a crash image, which is
 * the only one from now on. It may be called several times for an image.
 */
void save_image_begins(struct kimage *image);

/*
 * All of the image that is being loaded is placed, and the core is about to
 * compute its digest.
 */
void save_digest_begins(void);

/* The core is about to copy a segment of @image into reserved memory. */
void save_image_copied(struct kimage *image);

/*
 * The core frees the buffers that loading @image took, at the end of a load
 * that succeeded or failed. Wipe the keys that wait to be copied.
 */
void save_buffers_dropped(struct kimage *image);

/* The core frees @image, loaded or not; NULL if there is none. Wipe its keys. */
void save_image_gone(struct kimage *image);

/* Reserved memory is about to be given back. No crash image is loaded. */
void save_range_shrinks(void);

/*
 * Copy the saved area of the loaded crash image into @copy, of AREA_MAX_SIZE
 * bytes, which is secret then. Return false if no image with keys is loaded.
 */
bool save_copy_armed(struct area *copy);

/*
 * Return the physical address of the saved area, which the program that loads a
 * crash kernel passes to it as dmcryptkeys=. Return 0 if the module does that.
 */
phys_addr_t save_address(void);

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
