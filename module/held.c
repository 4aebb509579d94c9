// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "area.h"
#include "collect.h"
#include "held.h"
#include "reuse.h"

/*
 * kexec_load(2) loads an image, with these calls in this order:
 *   held_load_begins()         the keys of the new image are in staging
 *   kimage_free(held.image)    wipes the area, if the image replaces one
 *   kimage_terminate()         copies staging into the area
 * If it fails after that:
 *   kimage_free(held.image)    wipes the area
 * In any case:
 *   held_load_ended()          wipes staging
 * Either system call unloads an image:
 *   kimage_free(held.image)    wipes the area
 *
 * So a crash before kimage_free() finds the old image and its keys, and one
 * after kimage_terminate() the new image and its keys.
 *
 * Nothing has to be written back from caches. The crash kernel reads the area as
 * it reads all memory of the crashed kernel, through a cacheable mapping.
 */
static struct {
	raw_spinlock_t lock; /* taken in ftrace callbacks: do not sleep */
	/*
	 * NULL until held_init(). Then it is contiguous, never moved, and zero
	 * unless image is set.
	 */
	struct area *area;
	/* The loaded image whose keys are in area, or NULL. */
	const struct kimage *image;
	/*
	 * The task whose load takes what is in staging, or NULL. Each task looks
	 * for itself without the lock.
	 */
	const struct task_struct *loader;
} held = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(held.lock),
};

/*
 * AREA_MAX_SIZE bytes, which only the task that loads uses until held.loader is
 * set. It is zero between loads.
 */
static struct area *staging;

#define MAX_UNLISTED 2048 /* 128 MiB, for the time of a search */

/* Protects staging while keys are collected into it. */
static DEFINE_MUTEX(collect_lock);

static void wipe(struct area *area)
{
	memzero_explicit(area, AREA_MAX_SIZE);
}

static void wipe_held_locked(void)
{
	lockdep_assert_held(&held.lock);

	wipe(held.area);
	held.image = NULL;
	module_put(THIS_MODULE);
}

bool held_copy_armed(struct area *copy)
{
	bool armed;

	raw_spin_lock_irq(&held.lock);
	armed = held.image;
	if (armed)
		memcpy(copy, held.area, AREA_MAX_SIZE);
	raw_spin_unlock_irq(&held.lock);
	return armed;
}

bool held_has_keys(void)
{
	bool has_keys;

	mutex_lock(&collect_lock);
	raw_spin_lock_irq(&held.lock);
	has_keys = held.loader || held.image;
	raw_spin_unlock_irq(&held.lock);
	mutex_unlock(&collect_lock);
	return has_keys;
}

unsigned int held_armed_keys(void)
{
	unsigned int keys;

	raw_spin_lock_irq(&held.lock);
	keys = held.image ? le32_to_cpu(held.area->key_count) : 0;
	raw_spin_unlock_irq(&held.lock);
	return keys;
}

bool held_includes(const char *description)
{
	bool includes;

	raw_spin_lock_irq(&held.lock);
	includes = held.image &&
		   area_has_key(held.area, description, strlen(description));
	raw_spin_unlock_irq(&held.lock);
	return includes;
}

bool held_is_ready(void)
{
	return READ_ONCE(held.area);
}

phys_addr_t held_address(void)
{
	return virt_to_phys(held.area);
}

static void set_loader(const struct task_struct *loader)
{
	raw_spin_lock_irq(&held.lock);
	WRITE_ONCE(held.loader, loader);
	raw_spin_unlock_irq(&held.lock);
}

int held_load_begins(const struct needed_key *needed, unsigned int count)
{
	unsigned int flags;
	int ret;

	mutex_lock(&collect_lock);
	flags = memalloc_noio_save(); /* held_remove_key() waits for this */
	ret = collect_keys(staging, needed, count, reuse_is_requested());
	memalloc_noio_restore(flags);
	if (ret || !count) {
		wipe(staging);
	} else {
		area_seal(staging);
		set_loader(current);
	}
	mutex_unlock(&collect_lock);
	return ret;
}

void held_load_ended(void)
{
	set_loader(NULL);
	wipe(staging);
}

bool held_load_has_keys(void)
{
	return READ_ONCE(held.loader) == current;
}

void held_image_complete(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&held.lock, flags);
	if (held.loader == current && image->type == KEXEC_TYPE_CRASH) {
		if (held.image)
			wipe_held_locked();
		__module_get(THIS_MODULE);
		memcpy(held.area, staging, AREA_MAX_SIZE);
		held.image = image;
		WRITE_ONCE(held.loader, NULL);
		reuse_end();
	}
	raw_spin_unlock_irqrestore(&held.lock, flags);
}

void held_image_gone(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&held.lock, flags);
	if (image && held.image == image)
		wipe_held_locked();
	raw_spin_unlock_irqrestore(&held.lock, flags);
}

int held_remove_key(const char *description)
{
	size_t length = strlen(description);

	mutex_lock(&collect_lock);
	raw_spin_lock_irq(&held.lock);
	if (held.loader && area_remove_key(staging, description, length))
		area_seal(staging);
	if (held.image && area_check(held.area, AREA_MAX_SIZE)) {
		wipe_held_locked(); /* nobody can restore it */
	} else if (held.image &&
		   area_remove_key(held.area, description, length)) {
		if (held.area->key_count)
			area_seal(held.area);
		else
			wipe_held_locked();
	}
	raw_spin_unlock_irq(&held.lock);
	mutex_unlock(&collect_lock);
	return 0;
}

/*
 * kexec-tools leaves out of the headers of /proc/vmcore what a driver has added,
 * such as "System RAM (virtio_mem)", and for riscv64 what is "Reserved" in
 * /proc/iomem: what the kernel used while it started. It may have been freed
 * since, as the memory of the initramfs is. Such a resource is a child of the
 * "System RAM", as this one would be.
 */
static bool is_listed(void *memory)
{
	struct resource resource = DEFINE_RES_MEM_NAMED(virt_to_phys(memory),
							AREA_MAX_SIZE,
							KBUILD_MODNAME);
	unsigned long flags;
	bool listed;

	if (insert_resource(&iomem_resource, &resource))
		return false;
	flags = resource.parent->flags;
	listed = (flags & IORESOURCE_SYSRAM) &&
		 !(flags & IORESOURCE_SYSRAM_DRIVER_MANAGED) && !resource.child;
	remove_resource(&resource);
	return listed;
}

/* Keep what is not listed until something else has been found. */
static struct area *alloc_listed(gfp_t zone)
{
	struct unlisted {
		struct unlisted *next;
	} *unlisted = NULL, *next;
	unsigned int count = 0;
	void *memory;

	while ((memory = alloc_pages_exact(AREA_MAX_SIZE,
					   GFP_KERNEL | __GFP_ZERO |
						   __GFP_NOWARN | zone)) &&
	       !is_listed(memory)) {
		next = memory;
		next->next = unlisted;
		unlisted = next;
		if (++count == MAX_UNLISTED) {
			memory = NULL;
			break;
		}
	}
	for (; unlisted; unlisted = next) {
		next = unlisted->next;
		free_pages_exact(unlisted, AREA_MAX_SIZE);
	}
	return memory;
}

/*
 * Memory that a driver has added is rarely below 4 GiB, and may be all that is
 * above. Looking there first also spares the search.
 */
static struct area *alloc_area(void)
{
	struct area *memory = alloc_listed(GFP_DMA32) ?: alloc_listed(0);

	if (!memory)
		pr_err("found no memory for the keys that kexec-tools lists for the crash kernel (plain \"System RAM\" in /proc/iomem): make the boot initramfs smaller, or try again later\n");
	return memory;
}

int held_init(void)
{
	static DEFINE_MUTEX(lock);
	bool ready;

	mutex_lock(&lock);
	if (!held.area) {
		staging = vzalloc(AREA_MAX_SIZE);
		if (staging)
			WRITE_ONCE(held.area, alloc_area());
	}
	ready = held.area;
	if (!ready) {
		vfree(staging);
		staging = NULL;
	}
	mutex_unlock(&lock);
	return ready ? 0 : -ENOMEM;
}

void held_exit(void)
{
	/* The module is held while there are keys in them. */
	if (held.area)
		free_pages_exact(held.area, AREA_MAX_SIZE);
	vfree(staging);
}
