// SPDX-License-Identifier: GPL-2.0
#include <linux/atomic.h>

#include "load_count.h"

static atomic_t loads = ATOMIC_INIT(0);

/*
 * The core allocates the page for control code first, and keeps it as long as
 * the image. An image whose allocation fails is freed in a way that is not
 * hooked, so its address tells nothing about the next one.
 */
bool load_count_begin(const struct kimage *image)
{
	if (image->control_code_page)
		return false;
	atomic_inc(&loads);
	return true;
}

unsigned int load_count(void)
{
	return atomic_read(&loads);
}
