// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <asm/syscall.h>
#include <linux/compat.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "area.h"
#include "collect.h"
#include "place.h"
#include "reuse.h"
#include "save.h"

/*
 * The states of the saved keys, and the calls of the kexec core that change the
 * state. kexec_hook.c reports these calls.
 *
 * kexec_file_load(2) loads an image, with these calls in this order:
 *   kimage_free(saved.image)         ARMED -> SET_ASIDE    if it replaces one
 *   bzImage64_load() begins          SET_ASIDE -> STAGED   or NOTHING -> STAGED
 *   kimage_load_segment()            STAGED -> COPIED
 *   kimage_file_post_load_cleanup()  COPIED -> ARMED       cannot fail any more
 *   kimage_free(NULL)                ARMED
 *
 * Such a load fails:
 *   bzImage64_load() begins          SET_ASIDE -> NOTHING  no key, or no room
 *   bzImage64_load() ends            STAGED -> NOTHING     with an error
 *   kimage_file_post_load_cleanup()  STAGED -> NOTHING     no control page
 *   kimage_free(saved.image)         STAGED -> NOTHING     nothing copied yet
 *   kimage_free(saved.image)         COPIED -> NOTHING
 *   kimage_free(NULL)                SET_ASIDE -> NOTHING  no bzImage64_load()
 *
 * kexec_file_load(2) loads an image that needs no keys:
 *   kimage_free(saved.image)         ARMED -> SET_ASIDE    if it replaces one
 *   kimage_alloc_control_pages()     SET_ASIDE -> NOTHING
 *
 * kexec_load(2) loads an image, or either system call unloads one:
 *   kimage_free(saved.image)         ARMED -> NOTHING
 *
 * If a load fails or kexec_file_load(2) unloads, the core drops the kexec lock
 * before it calls kimage_free(). The next user of the reserved memory may come
 * first and wipes what is left. kimage_free() finds nothing to do then.
 *   bzImage64_load(), kimage_alloc_control_pages() for another image, or
 *   __crash_shrink_memory()          any state -> NOTHING
 */
enum save_state {
	SAVE_NOTHING,	/* no copy of a key exists */
	SAVE_STAGED,	/* in staging, to be copied into reserved memory */
	SAVE_COPIED,	/* in staging and, at least in part, reserved memory */
	SAVE_ARMED,	/* in reserved memory: the load has succeeded */
	SAVE_SET_ASIDE, /* in set_aside, for the load that replaces an image */
};

/*
 * @lock protects the rest. It is taken in ftrace callbacks, so do not sleep
 * while you hold it. In every state but SAVE_NOTHING the module has a reference
 * on itself.
 */
static struct {
	raw_spinlock_t lock;
	enum save_state state;
	/* The image with the keys. NULL unless STAGED, COPIED or ARMED. */
	const struct kimage *image;
	/* The task whose load may take the keys. NULL unless SET_ASIDE. */
	const struct task_struct *loader;
	/* The area in reserved memory, in whole pages: STAGED, COPIED, ARMED. */
	phys_addr_t start;
	size_t size;
	unsigned int keys;
} saved = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(saved.lock),
	.state = SAVE_NOTHING,
};

/*
 * Two buffers of AREA_MAX_SIZE bytes. They are allocated once, so that a load
 * does not fail for lack of memory, and does not free them in a context that
 * cannot sleep. A buffer is zero unless the state says that keys are in it, or
 * save_keys() is running.
 *
 * save_keys() fills staging and reads set_aside without saved.lock. The kexec
 * lock protects them meanwhile: only a task that holds it, or the loader
 * itself, leaves SAVE_NOTHING and SAVE_SET_ASIDE.
 */
static struct area *staging;
static struct area *set_aside;

static void wipe_buffer(struct area *buffer)
{
	memzero_explicit(buffer, AREA_MAX_SIZE);
}

/*
 * The reserved range is writable here, and nobody else's: the core lifts its
 * protection before it gives up a crash image, and writes the next one only
 * after save_image_begins().
 */
static void wipe_reserved_locked(void)
{
	lockdep_assert_held(&saved.lock);

	memzero_explicit(phys_to_virt(saved.start), saved.size);
}

/* Wipe the keys from wherever they are. */
static void wipe_locked(void)
{
	lockdep_assert_held(&saved.lock);

	switch (saved.state) {
	case SAVE_NOTHING:
		return;
	case SAVE_STAGED:
		wipe_buffer(staging);
		break;
	case SAVE_COPIED:
		wipe_buffer(staging);
		wipe_reserved_locked();
		break;
	case SAVE_ARMED:
		wipe_reserved_locked();
		break;
	case SAVE_SET_ASIDE:
		wipe_buffer(set_aside);
		break;
	}
	saved.state = SAVE_NOTHING;
	saved.image = NULL;
	saved.loader = NULL;
	module_put(THIS_MODULE);
}

/*
 * The core frees the image that a load replaces before it builds the new one,
 * and by then a key may have left the keyrings. So its keys survive it until
 * the load has taken what it needs.
 */
static void set_aside_locked(void)
{
	lockdep_assert_held(&saved.lock);

	memcpy(set_aside, phys_to_virt(saved.start),
	       min_t(size_t, saved.size, AREA_MAX_SIZE));
	wipe_reserved_locked();
	saved.state = SAVE_SET_ASIDE;
	saved.image = NULL;
	saved.loader = current;
}

static bool is_saved_image_locked(const struct kimage *image)
{
	lockdep_assert_held(&saved.lock);

	return image && saved.image == image;
}

/* Return true if the current system call loads a crash kernel from files. */
static bool is_crash_kernel_load(void)
{
	struct pt_regs *regs = task_pt_regs(current);
	unsigned long arguments[6];

	if (in_compat_syscall() ||
	    syscall_get_nr(current, regs) != __NR_kexec_file_load)
		return false;
	syscall_get_arguments(current, regs, arguments);
	return (arguments[4] & (KEXEC_FILE_ON_CRASH | KEXEC_FILE_UNLOAD)) ==
	       KEXEC_FILE_ON_CRASH;
}

void save_image_gone(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	if (is_saved_image_locked(image) && saved.state == SAVE_ARMED &&
	    is_crash_kernel_load())
		set_aside_locked();
	else if (is_saved_image_locked(image) || saved.loader == current)
		wipe_locked();
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

void save_image_begins(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	if (!is_saved_image_locked(image))
		wipe_locked();
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

void save_range_shrinks(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	wipe_locked();
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

void save_image_copied(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	if (is_saved_image_locked(image) && saved.state == SAVE_STAGED)
		saved.state = SAVE_COPIED;
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

void save_buffers_dropped(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	if (is_saved_image_locked(image) && saved.state == SAVE_STAGED) {
		/* The load failed. Some failures are without a kimage_free(). */
		wipe_locked();
	} else if (is_saved_image_locked(image) && saved.state == SAVE_COPIED) {
		wipe_buffer(staging);
		saved.state = SAVE_ARMED;
		reuse_end();
	}
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

unsigned int save_armed_keys(void)
{
	unsigned int keys;

	raw_spin_lock_irq(&saved.lock);
	keys = saved.state == SAVE_ARMED ? saved.keys : 0;
	raw_spin_unlock_irq(&saved.lock);
	return keys;
}

bool save_copy_armed(struct area *copy)
{
	bool armed;

	raw_spin_lock_irq(&saved.lock);
	armed = saved.state == SAVE_ARMED;
	if (armed)
		memcpy(copy, phys_to_virt(saved.start),
		       min_t(size_t, saved.size, AREA_MAX_SIZE));
	raw_spin_unlock_irq(&saved.lock);
	return armed;
}

phys_addr_t save_address(void)
{
	return 0;
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

int save_keys(struct kimage *image, const struct needed_key *needed,
	      unsigned int count, char **parameters)
{
	bool has_reusable;
	int ret;

	*parameters = NULL;

	raw_spin_lock_irq(&saved.lock);
	if (saved.loader != current)
		wipe_locked();
	has_reusable = saved.state == SAVE_SET_ASIDE;
	raw_spin_unlock_irq(&saved.lock);

	ret = collect_keys(staging, needed, count,
			   has_reusable ? set_aside : NULL,
			   reuse_is_requested());

	raw_spin_lock_irq(&saved.lock);
	wipe_locked();
	raw_spin_unlock_irq(&saved.lock);

	if (!ret && count)
		ret = stage(image, parameters);
	if (ret || !count)
		wipe_buffer(staging);
	return ret;
}

int save_init(void)
{
	staging = vzalloc(AREA_MAX_SIZE);
	set_aside = vzalloc(AREA_MAX_SIZE);
	if (staging && set_aside)
		return 0;
	save_exit();
	return -ENOMEM;
}

void save_exit(void)
{
	/* The module is held while there are keys in them. */
	vfree(staging);
	vfree(set_aside);
}
