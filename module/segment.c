// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "area.h"
#include "collect.h"
#include "place.h"
#include "reuse.h"
#include "segment.h"

#define LOAD_SECONDS 2 /* at most, for waiting until a load has ended */
#define WAIT_MS	     10

/*
 * The states of the saved keys, and the calls of the kexec core that change the
 * state. kexec_file_load_hook.c and kexec_hook.c report these calls.
 *
 * kexec_file_load(2) loads an image, with these calls in this order:
 *   kimage_free(saved.image)         ARMED -> NOTHING      if it replaces one
 *   bzImage64_load() begins          NOTHING -> STAGED
 *   crash_update_vmcoreinfo_safecopy()                     the digest is next
 *   kimage_load_segment()            STAGED -> COPIED
 *   kimage_file_post_load_cleanup()  COPIED -> ARMED       cannot fail any more
 *   kimage_free(NULL)                ARMED
 *
 * Such a load fails:
 *   bzImage64_load() ends            STAGED -> NOTHING     with an error
 *   kimage_file_post_load_cleanup()  STAGED -> NOTHING     no control page
 *   kimage_free(saved.image)         STAGED -> NOTHING     nothing copied yet
 *   kimage_free(saved.image)         COPIED -> NOTHING
 *
 * kexec_load(2) loads an image, or either system call unloads one:
 *   kimage_free(saved.image)         ARMED -> NOTHING
 *
 * The volumes of all keys are suspended:
 *   crypt_message()                  ARMED -> NOTHING      the image stays
 *
 * If a load fails or kexec_file_load(2) unloads, the core drops the kexec lock
 * before it calls kimage_free(). The next user of the reserved memory may come
 * first and wipes what is left. kimage_free() finds nothing to do then.
 *   bzImage64_load(), kimage_alloc_control_pages() for another image, or
 *   __crash_shrink_memory()          any state -> NOTHING
 */
enum save_state {
	SAVE_NOTHING, /* no copy of a key exists */
	SAVE_STAGED,  /* in staging, to be copied into reserved memory */
	SAVE_COPIED,  /* in staging and, at least in part, reserved memory */
	SAVE_ARMED,   /* in reserved memory: the load has succeeded */
};

/*
 * @lock protects the rest. It is taken in ftrace callbacks, so do not sleep
 * while you hold it. In every state but SAVE_NOTHING the module has a reference
 * on itself.
 */
static struct {
	raw_spinlock_t lock;
	enum save_state state;
	/* The image with the keys, or NULL. */
	struct kimage *image;
	/* The area in reserved memory, in whole pages. */
	phys_addr_t start;
	size_t size;
	unsigned int keys;
	bool is_collecting; /* keys are on their way into staging */
} saved = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(saved.lock),
	.state = SAVE_NOTHING,
};

/*
 * AREA_MAX_SIZE bytes. It is allocated once, so that a load does not fail for
 * lack of memory, and does not free it in a context that cannot sleep. It is
 * zero unless the state says that keys are in it, or segment_add_keys() is running.
 *
 * segment_add_keys() fills it without saved.lock. The kexec lock protects it
 * meanwhile: only a task that holds it leaves SAVE_NOTHING.
 */
static struct area *staging;

static void wipe_staging(void)
{
	memzero_explicit(staging, AREA_MAX_SIZE);
}

/*
 * The reserved range is writable here, and nobody else's: the core lifts its
 * protection before it gives up a crash image, and writes the next one only
 * after segment_image_begins().
 */
static void wipe_reserved_locked(void)
{
	lockdep_assert_held(&saved.lock);

	memzero_explicit(phys_to_virt(saved.start), saved.size);
}

static void forget_image_locked(void)
{
	lockdep_assert_held(&saved.lock);

	saved.state = SAVE_NOTHING;
	saved.image = NULL;
	module_put(THIS_MODULE);
}

/* Wipe the keys from wherever they are. */
static void wipe_locked(void)
{
	lockdep_assert_held(&saved.lock);

	switch (saved.state) {
	case SAVE_NOTHING:
		return;
	case SAVE_STAGED:
		wipe_staging();
		break;
	case SAVE_COPIED:
		wipe_staging();
		wipe_reserved_locked();
		break;
	case SAVE_ARMED:
		wipe_reserved_locked();
		break;
	}
	forget_image_locked();
}

static bool is_saved_image_locked(const struct kimage *image)
{
	lockdep_assert_held(&saved.lock);

	return image && saved.image == image;
}

void segment_image_gone(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	if (is_saved_image_locked(image))
		wipe_locked();
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

void segment_image_begins(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	if (!is_saved_image_locked(image))
		wipe_locked();
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

void segment_range_shrinks(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	wipe_locked();
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

/* Set the size of the segment with the area, whose place does not change. */
static void resize_segment_locked(size_t buffer_size, size_t memory_size)
{
	unsigned long i;

	lockdep_assert_held(&saved.lock);

	for (i = 0; i < saved.image->nr_segments; i++) {
		struct kexec_segment *segment = &saved.image->segment[i];

		if (segment->mem != saved.start)
			continue;
		segment->bufsz = buffer_size;
		segment->memsz = memory_size;
	}
}

/*
 * The digest of the image does not cover the area, which has a digest of its
 * own. So a key can leave an image that stays loaded.
 */
void segment_digest_begins(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	if (saved.state == SAVE_STAGED)
		resize_segment_locked(0, 0);
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

void segment_image_copied(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	if (is_saved_image_locked(image) && saved.state == SAVE_STAGED) {
		resize_segment_locked(area_size(staging), saved.size);
		saved.state = SAVE_COPIED;
	}
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

void segment_buffers_dropped(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	if (is_saved_image_locked(image) && saved.state == SAVE_STAGED) {
		/* The load failed. Some failures are without a kimage_free(). */
		wipe_locked();
	} else if (is_saved_image_locked(image) && saved.state == SAVE_COPIED) {
		wipe_staging();
		saved.state = SAVE_ARMED;
		reuse_end();
	}
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

bool segment_has_keys(void)
{
	bool has_keys;

	raw_spin_lock_irq(&saved.lock);
	has_keys = saved.is_collecting || saved.state != SAVE_NOTHING;
	raw_spin_unlock_irq(&saved.lock);
	return has_keys;
}

unsigned int segment_armed_keys(void)
{
	unsigned int keys;

	raw_spin_lock_irq(&saved.lock);
	keys = saved.state == SAVE_ARMED ? saved.keys : 0;
	raw_spin_unlock_irq(&saved.lock);
	return keys;
}

bool segment_includes(const char *description)
{
	bool includes;

	raw_spin_lock_irq(&saved.lock);
	includes = saved.state == SAVE_ARMED &&
		   area_has_key(phys_to_virt(saved.start), description,
				strlen(description));
	raw_spin_unlock_irq(&saved.lock);
	return includes;
}

/*
 * Copy the saved area into @copy, of AREA_MAX_SIZE bytes, and set *@start and
 * *@size to its place.
 */
static bool copy_armed_area(struct area *copy, phys_addr_t *start, size_t *size)
{
	bool armed;

	raw_spin_lock_irq(&saved.lock);
	armed = saved.state == SAVE_ARMED;
	*start = saved.start;
	*size = saved.size;
	if (armed)
		memcpy(copy, phys_to_virt(saved.start),
		       min_t(size_t, saved.size, AREA_MAX_SIZE));
	raw_spin_unlock_irq(&saved.lock);
	return armed;
}

bool segment_copy_armed(struct area *copy)
{
	phys_addr_t start;
	size_t size;

	return copy_armed_area(copy, &start, &size);
}

static void append_segment(struct kimage *image, phys_addr_t place, size_t size)
{
	struct kexec_segment *segment = &image->segment[image->nr_segments++];

	segment->kbuf = staging;
	segment->bufsz = area_size(staging);
	segment->mem = place;
	segment->memsz = size;
}

/* From SAVE_NOTHING, with keys in staging, to SAVE_STAGED. */
static int stage(struct kimage *image, char **parameters)
{
	size_t size = PAGE_ALIGN(area_size(staging));
	unsigned int keys = le32_to_cpu(staging->key_count);
	phys_addr_t place;
	int ret;

	ret = place_find(image, size, &place);
	if (ret) {
		pr_err("crash kernel not loaded: no room for %u keys in reserved memory: error %d\n",
		       keys, ret);
		return ret;
	}
	*parameters = kasprintf(GFP_KERNEL, "dmcryptkeys=%pa memmap=%zuK$%pa",
				&place, size / 1024, &place);
	if (!*parameters)
		return -ENOMEM;

	area_seal(staging);
	append_segment(image, place, size);

	raw_spin_lock_irq(&saved.lock);
	__module_get(THIS_MODULE);
	saved.state = SAVE_STAGED;
	saved.image = image;
	saved.start = place;
	saved.size = size;
	saved.keys = keys;
	raw_spin_unlock_irq(&saved.lock);
	return 0;
}

int segment_add_keys(struct kimage *image, const struct needed_key *needed,
		     unsigned int count, char **parameters)
{
	int ret;

	*parameters = NULL;

	raw_spin_lock_irq(&saved.lock);
	wipe_locked();
	saved.is_collecting = true;
	raw_spin_unlock_irq(&saved.lock);

	ret = collect_keys(staging, needed, count, reuse_is_requested());
	if (!ret && count)
		ret = stage(image, parameters);
	if (ret || !count)
		wipe_staging();

	raw_spin_lock_irq(&saved.lock);
	saved.is_collecting = false;
	raw_spin_unlock_irq(&saved.lock);
	return ret;
}

/*
 * Map the area once more. While an image is loaded, the kernel may map reserved
 * memory read-only.
 */
static void *map_area(phys_addr_t start, size_t size)
{
	unsigned int i, count = size / PAGE_SIZE;
	struct page **pages;
	void *mapping;

	pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	for (i = 0; i < count; i++)
		pages[i] = pfn_to_page(PHYS_PFN(start) + i);
	mapping = vmap(pages, count, VM_MAP, PAGE_KERNEL);
	kvfree(pages);
	return mapping;
}

/*
 * Put @area in the place of the one with the digest @before. Return -EAGAIN if
 * that is not loaded any more.
 */
static int replace_area(const struct area *area, const u8 *before,
			phys_addr_t start, size_t size)
{
	u32 keys = le32_to_cpu(area->key_count);
	struct area *mapping = map_area(start, size);
	int ret = -EAGAIN;

	if (!mapping)
		return -ENOMEM;
	raw_spin_lock_irq(&saved.lock);
	if (saved.state == SAVE_ARMED && saved.start == start &&
	    saved.size == size &&
	    !memcmp(mapping->digest, before, AREA_DIGEST_SIZE)) {
		memzero_explicit(mapping, size);
		if (keys)
			memcpy(mapping, area, area_size(area));
		else
			forget_image_locked();
		saved.keys = keys;
		ret = 0;
	}
	raw_spin_unlock_irq(&saved.lock);
	vunmap(mapping);
	return ret;
}

static int remove_key(const char *description, struct area *copy)
{
	u8 before[AREA_DIGEST_SIZE];
	phys_addr_t start;
	size_t size;

	if (!copy_armed_area(copy, &start, &size))
		return 0;
	memcpy(before, copy->digest, sizeof(before));
	if (area_check(copy, AREA_MAX_SIZE))
		copy->key_count = 0; /* nobody can restore it, so wipe it */
	else if (!area_remove_key(copy, description, strlen(description)))
		return 0;
	if (copy->key_count)
		area_seal(copy);
	return replace_area(copy, before, start, size);
}

static bool is_loading(void)
{
	bool loading;

	raw_spin_lock_irq(&saved.lock);
	loading = saved.is_collecting || saved.state == SAVE_STAGED ||
		  saved.state == SAVE_COPIED;
	raw_spin_unlock_irq(&saved.lock);
	return loading;
}

int segment_remove_key(const char *description)
{
	struct area *copy = kvzalloc(AREA_MAX_SIZE, GFP_KERNEL);
	unsigned int waits = LOAD_SECONDS * MSEC_PER_SEC / WAIT_MS;
	int ret;

	if (!copy)
		return -ENOMEM;
	do {
		/* The load may have taken the key already. */
		while (is_loading() && waits) {
			msleep(WAIT_MS);
			waits--;
		}
		ret = is_loading() ? -EBUSY : remove_key(description, copy);
	} while (ret == -EAGAIN);
	kvfree_sensitive(copy, AREA_MAX_SIZE);
	return ret;
}

int segment_init(void)
{
	staging = vzalloc(AREA_MAX_SIZE);
	return staging ? 0 : -ENOMEM;
}

void segment_exit(void)
{
	/* The module is held while there are keys in it. */
	vfree(staging);
}
