// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <asm/syscall.h>
#include <keys/user-type.h>
#include <linux/compat.h>
#include <linux/ioport.h>
#include <linux/key.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "area.h"
#include "key_payload.h"
#include "registry.h"
#include "save.h"

/*
 * The saved area of the one crash image that there is.
 *
 * @lock protects the rest. It is taken from ftrace callbacks, hence never
 * held while sleeping. The core frees an image after it has dropped the kexec
 * lock, so the end of one image may run beside the load of the next: whoever
 * comes first wipes, and the image pointer tells the other that it is done.
 */
static struct {
	raw_spinlock_t lock;
	struct kimage *image; /* NULL: no area exists, all copies are wiped */
	phys_addr_t start;
	size_t size; /* a whole number of pages */
	unsigned int keys;
	bool copied; /* reserved memory holds the area, or a part */
	bool armed;  /* the load has succeeded */
	bool reuse;  /* the next load takes the keys from here */
} saved = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(saved.lock),
};

/*
 * The staging copy: AREA_MAX_SIZE bytes, written by save_keys() only, and
 * zero whenever saved.image is NULL or armed. Allocated once, so that a load
 * neither fails for it nor has to free it where it cannot sleep.
 */
static struct area *staging;

/*
 * The keys of the image that a load replaces: the core frees that image before
 * it builds the new one, and by then a key may have left the keyrings.
 *
 * @owner is the task that loads, NULL while @area is all zero. From there on
 * only that task touches @area, until its system call ends, which it does with
 * a kimage_free() whatever else happens; the module is held until then. @owner
 * itself is under saved.lock.
 */
static struct {
	const struct task_struct *owner;
	struct area *area; /* AREA_MAX_SIZE bytes */
	bool preferred;	   /* to the keyrings */
} replaced;

/* The crash image without keys that was warned of; under saved.lock. */
static const struct kimage *warned_image;

/*
 * Where the area goes within the reserved range: at a random page of a
 * sixteenth of it. The core fills the range from its top, with kernel and
 * initramfs as large pieces, hence close to its bottom. Not at the very bottom:
 * there the core puts the ELF headers of the vmcore (0.9 MiB where it prepares
 * for 8192 CPUs and as many pieces of memory), and it cannot describe the rest
 * as memory to the crash kernel if they have to go anywhere else.
 */
#define PLACEMENT_OFFSET (2UL << 20)
#define PLACEMENT_SHARE	 16

static void wipe_staging(void)
{
	memzero_explicit(staging, AREA_MAX_SIZE);
}

/*
 * The reserved range is writable here, and nobody else's: the core lifts its
 * protection before it gives up a crash image, and writes the next one only
 * after save_image_begins().
 */
static void wipe_and_release_locked(void)
{
	lockdep_assert_held(&saved.lock);

	wipe_staging();
	if (saved.copied)
		memzero_explicit(phys_to_virt(saved.start), saved.size);
	saved.image = NULL;
	saved.armed = false;
	saved.reuse = false;
	saved.copied = false;
	saved.keys = 0;
	module_put(THIS_MODULE);
}

/* Whether the current system call loads a crash kernel, with or without keys. */
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

static void keep_replaced_locked(void)
{
	lockdep_assert_held(&saved.lock);

	memcpy(replaced.area, phys_to_virt(saved.start),
	       min_t(size_t, saved.size, AREA_MAX_SIZE));
	replaced.preferred = saved.reuse;
	/* One whose load has just failed may not have wiped its own yet. */
	if (!replaced.owner)
		__module_get(THIS_MODULE);
	replaced.owner = current;
}

static void wipe_replaced_locked(void)
{
	lockdep_assert_held(&saved.lock);

	if (replaced.owner != current)
		return;
	memzero_explicit(replaced.area, AREA_MAX_SIZE);
	replaced.owner = NULL;
	module_put(THIS_MODULE);
}

static void wipe_replaced(void)
{
	raw_spin_lock_irq(&saved.lock);
	wipe_replaced_locked();
	raw_spin_unlock_irq(&saved.lock);
}

void save_image_gone(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	wipe_replaced_locked();
	if (image && saved.image == image) {
		if (saved.armed && is_crash_kernel_load())
			keep_replaced_locked();
		wipe_and_release_locked();
	}
	if (warned_image == image)
		warned_image = NULL;
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

/*
 * Where the image that the area belongs to was given up but not freed yet,
 * this is the last moment to wipe it: the next one takes over the range.
 */
static void wipe_stale_locked(const struct kimage *image)
{
	lockdep_assert_held(&saved.lock);

	if (saved.image && saved.image != image)
		wipe_and_release_locked();
}

void save_image_begins(struct kimage *image)
{
	bool warn = false;
	unsigned long flags;

	if (image->type != KEXEC_TYPE_CRASH)
		return;

	raw_spin_lock_irqsave(&saved.lock, flags);
	wipe_stale_locked(image);
	if (!image->file_mode && warned_image != image && registry_count()) {
		warned_image = image;
		warn = true;
	}
	raw_spin_unlock_irqrestore(&saved.lock, flags);

	if (warn)
		pr_warn("a crash kernel is being loaded with kexec_load(2), which carries no keys: it will not unlock the volumes of the %u key items\n",
			registry_count());
}

void save_range_shrinks(void)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	wipe_stale_locked(NULL);
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

bool save_is_of(const struct kimage *image)
{
	unsigned long flags;
	bool ret;

	raw_spin_lock_irqsave(&saved.lock, flags);
	ret = saved.image == image;
	raw_spin_unlock_irqrestore(&saved.lock, flags);
	return ret;
}

void save_image_copied(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	if (saved.image == image)
		saved.copied = true;
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

void save_image_staged(struct kimage *image)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&saved.lock, flags);
	if (saved.image == image) {
		if (saved.copied) {
			wipe_staging();
			saved.armed = true;
		} else {
			/* The load failed, and the core just frees the image. */
			wipe_and_release_locked();
		}
	}
	raw_spin_unlock_irqrestore(&saved.lock, flags);
}

unsigned int save_armed_keys(void)
{
	unsigned int keys;

	raw_spin_lock_irq(&saved.lock);
	keys = saved.armed ? saved.keys : 0;
	raw_spin_unlock_irq(&saved.lock);
	return keys;
}

int save_request_reuse(bool reuse)
{
	int ret = 0;

	raw_spin_lock_irq(&saved.lock);
	if (saved.armed)
		saved.reuse = reuse;
	else if (reuse)
		ret = -EINVAL;
	raw_spin_unlock_irq(&saved.lock);
	return ret;
}

bool save_reuse_requested(void)
{
	return READ_ONCE(saved.reuse);
}

static int stage_payload(const void *payload, size_t length, void *context)
{
	const struct registry_key *key = context;

	return area_add_key(staging, key->description, strlen(key->description),
			    payload, length,
			    key->hide_only ? AREA_KEY_HIDE_ONLY : 0);
}

/* What stage_key() takes keys from besides the keyrings. */
struct reusable {
	const struct area *area; /* NULL: nothing is replaced */
	bool preferred;
};

static int stage_from_replaced(const struct reusable *reusable,
			       struct registry_key *key)
{
	const struct area_key *entry;

	if (!reusable->area)
		return -ENOKEY;
	entry = area_find_key(reusable->area, key->description,
			      strlen(key->description));
	if (!entry)
		return -ENOKEY;
	return stage_payload(entry->key, le16_to_cpu(entry->key_length), key);
}

static int stage_key(const struct reusable *reusable, struct registry_key *key)
{
	int ret;

	if (reusable->preferred && !stage_from_replaced(reusable, key))
		return 0;
	ret = key_payload_use(&key_type_logon, key->description, stage_payload,
			      key);
	if ((ret == -ENOKEY || ret == -EKEYEXPIRED || ret == -EKEYREVOKED) &&
	    !stage_from_replaced(reusable, key))
		return 0;
	if (ret)
		pr_err("crash kernel not loaded: key \"%*pE\" cannot be had from the caller's keyrings: error %d\n",
		       (int)strlen(key->description), key->description, ret);
	return ret;
}

/* The area is this task's until its system call ends. */
static struct reusable find_reusable(void)
{
	struct reusable reusable = {};

	raw_spin_lock_irq(&saved.lock);
	if (replaced.owner == current) {
		reusable.area = replaced.area;
		reusable.preferred = replaced.preferred;
	}
	raw_spin_unlock_irq(&saved.lock);

	if (reusable.area && area_check(reusable.area, AREA_MAX_SIZE)) {
		pr_err("the keys in reserved memory are damaged and not reused\n");
		reusable.area = NULL;
	}
	return reusable;
}

static int stage_keys(void)
{
	struct registry_key *keys;
	struct reusable reusable;
	int count, i, ret = 0;

	count = registry_snapshot(&keys);
	if (count < 0)
		return count;

	reusable = find_reusable();
	area_init(staging);
	for (i = 0; i < count && !ret; i++)
		ret = stage_key(&reusable, &keys[i]);
	kvfree(keys);
	return ret;
}

static int remember_resource(struct resource *res, void *context)
{
	*(struct resource *)context = *res;
	return 0;
}

/*
 * Crash images live in the highest range of that name; a second, low one is
 * for the crash kernel's DMA only.
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

static int find_place(const struct kimage *image, size_t size,
		      phys_addr_t *place)
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

static void append_segment(struct kimage *image, phys_addr_t place, size_t size)
{
	struct kexec_segment *segment = &image->segment[image->nr_segments++];

	segment->kbuf = staging;
	segment->bufsz = area_size(staging);
	segment->mem = place;
	segment->memsz = size;
}

int save_keys(struct kimage *image, char **parameters)
{
	phys_addr_t place;
	char *text = NULL;
	size_t size;
	int ret;

	*parameters = NULL;

	/* The staging buffer may still be that of an image that was given up. */
	raw_spin_lock_irq(&saved.lock);
	wipe_stale_locked(image);
	raw_spin_unlock_irq(&saved.lock);

	ret = stage_keys();
	wipe_replaced();
	if (ret)
		goto wipe;
	if (!staging->key_count) {
		ret = 0;
		goto wipe;
	}
	area_seal(staging);
	size = PAGE_ALIGN(area_size(staging));

	ret = find_place(image, size, &place);
	if (ret) {
		pr_err("crash kernel not loaded: no room for %u keys in the reserved memory: error %d\n",
		       le32_to_cpu(staging->key_count), ret);
		goto wipe;
	}
	text = kasprintf(GFP_KERNEL, "dmcryptkeys=%pa memmap=%zuK$%pa", &place,
			 size / 1024, &place);
	if (!text) {
		ret = -ENOMEM;
		goto wipe;
	}

	raw_spin_lock_irq(&saved.lock);
	__module_get(THIS_MODULE);
	saved.image = image;
	saved.start = place;
	saved.size = size;
	saved.keys = le32_to_cpu(staging->key_count);
	raw_spin_unlock_irq(&saved.lock);

	append_segment(image, place, size);
	*parameters = text;
	return 0;

wipe:
	wipe_staging();
	return ret;
}

int save_init(void)
{
	staging = vzalloc(AREA_MAX_SIZE);
	replaced.area = vzalloc(AREA_MAX_SIZE);
	if (staging && replaced.area)
		return 0;
	save_exit();
	return -ENOMEM;
}

void save_exit(void)
{
	/* Zero both, as the module is held while they are not. */
	vfree(staging);
	vfree(replaced.area);
}
