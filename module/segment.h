/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The running kernel's side for kexec_file_load(2), which builds the crash image
 * in the kernel, if ARCH_SAVES_SEGMENT: volume keys on their way into the
 * reserved memory of the crash kernel, as a segment of its image.
 *
 * At most one crash image exists at a time, loaded or being loaded, and so does
 * one saved area. While there are keys anywhere, they hold a reference on the
 * module, as it is the module that wipes them.
 */
#ifndef CRASH_DM_CRYPT_SEGMENT_H
#define CRASH_DM_CRYPT_SEGMENT_H

#include <linux/kexec.h>
#include <linux/types.h>

#include "area.h"
#include "needed_key.h"

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
int segment_add_keys(struct kimage *image, const struct needed_key *needed,
		     unsigned int count, char **parameters);

/*
 * The following report what the kexec core does. Call them for any image, from
 * any context; they may run concurrently.
 */

/*
 * Reserved memory is about to be written for @image, a crash image, which is
 * the only one from now on. It may be called several times for an image.
 */
void segment_image_begins(struct kimage *image);

/*
 * All of the image that is being loaded is placed, and the core is about to
 * compute its digest.
 */
void segment_digest_begins(void);

/* The core is about to copy a segment of @image into reserved memory. */
void segment_image_copied(struct kimage *image);

/*
 * The core frees the buffers that loading @image took, at the end of a load
 * that succeeded or failed. Wipe the keys that wait to be copied.
 */
void segment_buffers_dropped(struct kimage *image);

/* The core frees @image, loaded or not; NULL if there is none. Wipe its keys. */
void segment_image_gone(struct kimage *image);

/* Reserved memory is about to be given back. No crash image is loaded. */
void segment_range_shrinks(void);

/* As the functions of save.h, for the keys that are in such a segment. */
int segment_init(void);
void segment_exit(void);
bool segment_copy_armed(struct area *copy);
int segment_remove_key(const char *description);
unsigned int segment_armed_keys(void);
bool segment_includes(const char *description);
bool segment_has_keys(void);

#endif /* CRASH_DM_CRYPT_SEGMENT_H */
