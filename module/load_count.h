/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The number of crash images that anybody has begun to load. All functions may
 * be called from any context; load_count_begin() under the kexec lock only.
 */
#ifndef CRASH_DM_CRYPT_LOAD_COUNT_H
#define CRASH_DM_CRYPT_LOAD_COUNT_H

#include <linux/kexec.h>

/*
 * Count @image, a crash image that is being loaded. Return false if it was
 * counted before, as the core calls its functions several times for an image.
 */
bool load_count_begin(const struct kimage *image);

/* The core frees @image. Another image may get its address. */
void load_count_gone(const struct kimage *image);

unsigned int load_count(void);

#endif /* CRASH_DM_CRYPT_LOAD_COUNT_H */
