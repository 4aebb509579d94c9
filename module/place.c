// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/random.h>

#include "place.h"

/*
 * Choose a random page in a sixteenth of the reserved range, near its bottom.
 * The core fills the range from its top with the large pieces, kernel and
 * initramfs. Keep the very bottom free for the ELF headers of the vmcore, which
 * take 0.9 MiB if the kernel prepares for 8192 CPUs and as many pieces of
 * memory: if they go anywhere else, the core cannot describe the rest of the
 * range as memory to the crash kernel.
 */
#define PLACEMENT_OFFSET (2UL << 20)
#define PLACEMENT_SHARE	 16

static int remember_resource(struct resource *res, void *context)
{
	*(struct resource *)context = *res;
	return 0;
}

/*
 * Crash images are loaded into the highest range of that name. A second, lower
 * one is for the crash kernel's DMA only.
 */
static int find_crash_range(struct resource *range)
{
	return walk_iomem_res_desc(IORES_DESC_CRASH_KERNEL,
				   IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0,
				   -1, range, remember_resource);
}

static bool is_free(const struct kimage *image, phys_addr_t start, size_t size)
{
	unsigned long i;

	for (i = 0; i < image->nr_segments; i++) {
		phys_addr_t other = image->segment[i].mem;

		if (start < other + image->segment[i].memsz &&
		    other < start + size)
			return false;
	}
	return true;
}

int place_find(const struct kimage *image, size_t size, phys_addr_t *place)
{
	struct resource range;
	u32 places, first, i;
	int ret;

	if (image->nr_segments >= KEXEC_SEGMENT_MAX)
		return -ENOSPC;
	ret = find_crash_range(&range);
	if (ret)
		return ret;

	places = (resource_size(&range) / PLACEMENT_SHARE) >> PAGE_SHIFT;
	if (resource_size(&range) <= PLACEMENT_OFFSET * 2 ||
	    places <= size >> PAGE_SHIFT)
		return -EADDRNOTAVAIL;
	places -= size >> PAGE_SHIFT;

	first = get_random_u32_below(places);
	for (i = 0; i < places; i++) {
		*place = PAGE_ALIGN(range.start) + PLACEMENT_OFFSET +
			 (phys_addr_t)((first + i) % places) * PAGE_SIZE;
		if (is_free(image, *place, size))
			return 0;
	}
	return -EADDRNOTAVAIL;
}
