/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys into the crash kernel's reserved memory, in a running kernel.
 *
 * One crash image at most exists at a time, loaded or being loaded, and so
 * does one saved area. While it exists it holds a reference on the module:
 * purgatory verifies a digest over the whole crash image, so nothing may wipe
 * the area under an image that is still loaded.
 */
#ifndef CRASH_DM_CRYPT_SAVE_H
#define CRASH_DM_CRYPT_SAVE_H

#include <linux/kexec.h>
#include <linux/types.h>

int save_init(void);
void save_exit(void);

/*
 * Add a segment with every registered key to @image, a crash image that is
 * being loaded and of which nothing was placed yet. With no items this does
 * nothing and succeeds. Called under the kexec lock, in the loading process,
 * whose keyrings are searched.
 *
 * On success *@parameters is what the crash kernel's command line has to start
 * with; the caller frees it (kfree; NULL where there are no items).
 * Returns an errno where any of the keys cannot be had or placed: the reason
 * has been logged, no copy of a key is left, and the load must fail.
 */
int save_keys(struct kimage *image, char **parameters);

/*
 * What became of an image. These may be called for any image, from any
 * context, and concurrently with each other.
 */

/*
 * Reserved memory is about to be written for @image, for the first time or
 * once more. If it is a crash image, then no other one is loaded. Warns where
 * it cannot have keys although some are needed.
 */
void save_image_begins(struct kimage *image);

/* Whether keys are in @image. */
bool save_is_of(const struct kimage *image);

/* The core copies the segments of @image into reserved memory. */
void save_image_copied(struct kimage *image);

/* Reserved memory is about to be given back; no crash image is loaded. */
void save_range_shrinks(void);

/*
 * The core drops the buffers that loading @image took: at the end of its load,
 * or of a failed one. Wipes the staging copy.
 */
void save_image_staged(struct kimage *image);

/*
 * @image, if any, is going away, loaded or not. Wipes every copy; but where
 * this is a loaded image that the current kexec_file_load(2) replaces, its keys
 * are kept aside until that call has the new image, or ends.
 */
void save_image_gone(struct kimage *image);

/*
 * Whether the next load of a crash kernel is to take the keys from the loaded
 * image even where the keyrings have them. Returns -EINVAL where no image with
 * keys is loaded. Without this, they are taken from there where the keyrings
 * do not have them any more.
 */
int save_request_reuse(bool reuse);
bool save_reuse_requested(void);

/* Number of keys in the reserved memory of the crash image loaded now. */
unsigned int save_armed_keys(void);

#endif /* CRASH_DM_CRYPT_SAVE_H */
