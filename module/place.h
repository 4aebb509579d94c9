/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_PLACE_H
#define CRASH_DM_CRYPT_PLACE_H

#include <linux/kexec.h>
#include <linux/types.h>

/*
 * Find a random place for @size bytes, a whole number of pages, in the memory
 * reserved with crashkernel=, apart from the segments of @image. Call this
 * before the kernel places its own segments. Set *@place to its physical
 * address.
 * Return -EADDRNOTAVAIL if there is no room, -ENOSPC if @image cannot take
 * another segment, and -EINVAL if no memory is reserved.
 */
int place_find(const struct kimage *image, size_t size, phys_addr_t *place);

#endif /* CRASH_DM_CRYPT_PLACE_H */
