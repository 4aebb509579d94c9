// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kexec.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#include "ftrace_hook.h"
#include "kexec_file_load_hook.h"
#include "prototypes.h"
#include "registry.h"
#include "segment.h"

#define BTF_MAX_SIZE (64 * SZ_1M) /* a distribution's kernel has 6 MiB */

/*
 * bzImage64_load(). It keeps its ENDBR because the kernel calls it through a
 * table. NULL until its first call.
 */
static kexec_load_t *original_load;

static void *load_with_parameters(struct kimage *image, char *kernel,
				  unsigned long kernel_length, char *initrd,
				  unsigned long initrd_length,
				  char *command_line, const char *parameters)
{
	char *extended;
	void *ret;

	extended =
		kasprintf(GFP_KERNEL, "%s %s", parameters, command_line ?: "");
	if (!extended)
		return ERR_PTR(-ENOMEM);

	ret = READ_ONCE(original_load)(image, kernel, kernel_length, initrd,
				       initrd_length, extended,
				       strlen(extended) + 1);
	kfree(extended);
	return ret;
}

static int add_keys(struct kimage *image, char **parameters)
{
	struct needed_key *needed;
	int ret;

	ret = registry_snapshot(&needed);
	if (ret < 0)
		return ret;
	ret = segment_add_keys(image, needed, ret, parameters);
	kvfree(needed);
	return ret;
}

/*
 * Runs instead of the original, in the process that called kexec_file_load(2)
 * and under the kexec lock, with the module reference that redirect_load()
 * took. Do not tail-call the original: the hook recognizes calls from this
 * module by their return address.
 */
static void *load_with_keys(struct kimage *image, char *kernel,
			    unsigned long kernel_length, char *initrd,
			    unsigned long initrd_length, char *command_line,
			    unsigned long command_line_length)
{
	char *parameters = NULL;
	void *ret;
	int err;

	err = add_keys(image, &parameters);
	if (err) {
		ret = ERR_PTR(err);
	} else if (!parameters) {
		ret = READ_ONCE(original_load)(image, kernel, kernel_length,
					       initrd, initrd_length,
					       command_line,
					       command_line_length);
	} else {
		ret = load_with_parameters(image, kernel, kernel_length, initrd,
					   initrd_length, command_line,
					   parameters);
		if (IS_ERR(ret)) {
			pr_err("crash kernel not loaded: the kernel's loader failed with the keys added: error %ld\n",
			       PTR_ERR(ret));
			segment_image_gone(image);
		}
		kfree(parameters);
	}

	module_put(THIS_MODULE);
	return ret;
}

static_assert(__same_type(load_with_keys, kexec_load_t));

static void notrace redirect_load(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	if (image_argument(fregs)->type != KEXEC_TYPE_CRASH ||
	    !registry_count())
		return;
	ftrace_hook_redirect(ip, parent_ip, ops, fregs, load_with_keys,
			     (unsigned long *)&original_load);
}

/*
 * The image whose kernel segment is shorter than it was, from shorten_kernel()
 * until the image is complete or freed. A load, which has the kexec lock, uses
 * this. An image that is freed takes only the pointer back, without the lock.
 */
static struct {
	const struct kimage *image;
	unsigned long segment; /* its index */
	size_t size;	       /* before */
	unsigned int allocations;
} shortened;

/*
 * The unpacking code's own data follows the kernel's file in memory. The code
 * reads some of it before it clears it, and expects zeros (snp_vmpl of Linux
 * 6.18).
 */
#define UNPACKING_DATA SZ_1M

/*
 * Leave the memory that the crash kernel unpacks itself into out of the
 * kernel's segment. Otherwise the core computes a SHA-256 of all of it, and
 * purgatory computes it again after the crash.
 *
 * This relies on the order of events in kexec_file_load(2):
 * 1. bzImage64_load() places all segments. Until then the full size of the
 *    kernel's segment keeps the others out of the memory that it needs.
 * 2. bzImage64_load() describes the reserved range to the crash kernel as
 *    usable memory, regardless of the sizes of the segments.
 * 3. The core allocates control pages and page tables outside all segments.
 *    The crash kernel is started with them.
 * 4. kimage_crash_copy_vmcoreinfo() makes the last allocation outside all
 *    segments, which may lie in the memory that is released here. It is a copy
 *    of vmcoreinfo that is last read before the crash kernel starts, so the
 *    crash kernel may overwrite it. This function is called at its entry.
 * 5. The core computes the digest and tells purgatory which ranges it covers.
 * 6. The core copies the segments into the reserved range.
 */
static void shorten_kernel(struct kimage *image)
{
	const char *kernel = image->kernel_buf;
	unsigned long i;

	for (i = 0; i < image->nr_segments; i++) {
		struct kexec_segment *segment = &image->segment[i];
		const char *content = segment->kbuf;
		size_t size = PAGE_ALIGN(segment->bufsz) + UNPACKING_DATA;

		if (content < kernel ||
		    content >= kernel + image->kernel_buf_len ||
		    segment->memsz <= size)
			continue;
		WRITE_ONCE(shortened.image, image);
		shortened.segment = i;
		shortened.size = segment->memsz;
		shortened.allocations = 0;
		segment->memsz = size;
		return;
	}
}

/* Before an allocation that shorten_kernel() does not know, undo it. */
static void watch_allocation(struct kimage *image)
{
	if (READ_ONCE(shortened.image) != image || !shortened.allocations++)
		return;
	image->segment[shortened.segment].memsz = shortened.size;
	WRITE_ONCE(shortened.image, NULL);
}

void kexec_file_load_hook_allocates(struct kimage *image)
{
	segment_image_begins(image);
	watch_allocation(image);
}

static void notrace watch_placed(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops,
				 struct ftrace_regs *fregs)
{
	struct kimage *image = image_argument(fregs);

	/* x86-64 has one loader of files, bzImage64_load(). */
	if (image->type == KEXEC_TYPE_CRASH && image->file_mode)
		shorten_kernel(image);
}

static void notrace watch_digest(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops,
				 struct ftrace_regs *fregs)
{
	/* With NULL, an image is being freed. */
	if (ftrace_regs_get_argument(fregs, 0))
		segment_digest_begins();
}

static void notrace watch_copy(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
	segment_image_copied(image_argument(fregs));
}

static void notrace watch_cleanup(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	struct kimage *image = image_argument(fregs);

	segment_buffers_dropped(image);
	/* Meanwhile another load may have put its own image there. */
	cmpxchg(&shortened.image, image, NULL);
}

static void notrace watch_shrink(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops,
				 struct ftrace_regs *fregs)
{
	segment_range_shrinks();
}

/* DIGEST only saves time, and the module works without it. */
enum {
	WATCHES = 4,
	DIGEST = WATCHES,
	WRAP,
};

static struct ftrace_hook hooks[] = {
	FTRACE_HOOK_WATCH("kimage_file_post_load_cleanup", watch_cleanup),
	/* kimage_crash_copy_vmcoreinfo() calls it at its end. */
	FTRACE_HOOK_WATCH("crash_update_vmcoreinfo_safecopy", watch_digest),
	FTRACE_HOOK_WATCH("kimage_load_segment", watch_copy),
	/*
	 * Between giving up an image and freeing it the core allows the
	 * reserved range to be shrunk.
	 */
	FTRACE_HOOK_WATCH("__crash_shrink_memory", watch_shrink),
	[DIGEST] =
		FTRACE_HOOK_WATCH("kimage_crash_copy_vmcoreinfo", watch_placed),
	[WRAP] = FTRACE_HOOK_WRAP("bzImage64_load", redirect_load),
};

static_assert(ARRAY_SIZE(hooks) <= FTRACE_HOOKS_MAX);

int kexec_file_load_hook_begin(void)
{
	return ftrace_hook_add_wrap(&hooks[WRAP], "no key can be saved");
}

void kexec_file_load_hook_end(void)
{
	ftrace_hook_remove(&hooks[WRAP]);
}

/*
 * The kernel's headers have no prototypes of these, so a module that was built
 * for this kernel may still not fit it. The others would not compile.
 */
static const char *const unseen[] = {
	"kimage_free",
	"kimage_file_post_load_cleanup",
	"kimage_load_segment",
	"kimage_terminate",
};

static_assert(__same_type(kimage_alloc_control_pages,
			  struct page *(struct kimage *, unsigned int)));
static_assert(__same_type(kimage_crash_copy_vmcoreinfo, int(struct kimage *)));
static_assert(__same_type(crash_update_vmcoreinfo_safecopy, void(void *)));

/*
 * Return the kernel's BTF, which the caller frees with vfree(), and its size in
 * bytes. Return NULL if there is none. kernel_read_file() would be for what the
 * kernel takes from user space, and some security modules warn of it.
 */
static char *read_btf(size_t *size)
{
	struct file *file = filp_open("/sys/kernel/btf/vmlinux", O_RDONLY, 0);
	loff_t position = 0;
	ssize_t got = 1;
	char *btf;

	if (IS_ERR(file))
		return NULL;
	*size = i_size_read(file_inode(file));
	btf = *size && *size <= BTF_MAX_SIZE ? vmalloc(*size) : NULL;
	while (btf && position < *size && got > 0)
		got = kernel_read(file, btf + position, *size - position,
				  &position);
	filp_close(file, NULL);
	if (btf && position == *size)
		return btf;
	vfree(btf);
	return NULL;
}

static int check_prototypes(void)
{
	size_t size;
	char *btf = read_btf(&size);
	unsigned int i;
	int ret = 0;

	if (!btf && !prototypes_are_known(LINUX_VERSION_CODE)) {
		pr_err("this kernel is not supported: it has no BTF that describes its functions, and only Linux 6.12 to 7.3 is known without\n");
		return -EOPNOTSUPP;
	}
	for (i = 0; i < ARRAY_SIZE(unseen) && btf && !ret; i++)
		if (!prototype_takes_image(btf, size, unseen[i])) {
			pr_err("this kernel is not supported: its %s() has other arguments\n",
			       unseen[i]);
			ret = -EOPNOTSUPP;
		}
	vfree(btf);
	return ret;
}

int kexec_file_load_hook_init(void)
{
	int ret;

	ret = check_prototypes();
	if (ret)
		return ret;
	ftrace_hooks_find(hooks, ARRAY_SIZE(hooks));
	ret = ftrace_hook_check(&hooks[WRAP]);
	if (ret)
		return ret;
	if (ftrace_hook_add(&hooks[DIGEST]))
		pr_info("cannot hook %s(), which is optional\n",
			hooks[DIGEST].function);
	ret = ftrace_hooks_add(hooks, WATCHES);
	if (ret)
		ftrace_hook_remove(&hooks[DIGEST]);
	return ret;
}

void kexec_file_load_hook_exit(void)
{
	ftrace_hooks_remove(hooks, WATCHES);
	ftrace_hook_remove(&hooks[DIGEST]);
}
