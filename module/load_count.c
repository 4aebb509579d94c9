// SPDX-License-Identifier: GPL-2.0
#include <linux/atomic.h>

#include "load_count.h"

static atomic_t loads = ATOMIC_INIT(0);

/* The image that was counted last. It is not dereferenced. */
static const struct kimage *counted_image;

bool load_count_begin(const struct kimage *image)
{
	if (READ_ONCE(counted_image) == image)
		return false;
	WRITE_ONCE(counted_image, image);
	atomic_inc(&loads);
	return true;
}

void load_count_gone(const struct kimage *image)
{
	cmpxchg(&counted_image, image, NULL);
}

unsigned int load_count(void)
{
	return atomic_read(&loads);
}
