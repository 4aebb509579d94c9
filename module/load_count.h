/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The number of crash images that anybody has begun to load. All functions may
 * be called from any context.
 */
#ifndef CRASH_DM_CRYPT_LOAD_COUNT_H
#define CRASH_DM_CRYPT_LOAD_COUNT_H

#include <linux/kexec.h>

/*
 * Count @image, a crash image for which control pages are being allocated.
 * Return false if it was counted before, as that happens several times for an
 * image.
 */
bool load_count_begin(const struct kimage *image);

unsigned int load_count(void);

#endif /* CRASH_DM_CRYPT_LOAD_COUNT_H */
