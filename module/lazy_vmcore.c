// SPDX-License-Identifier: GPL-2.0
#include <linux/crash_dump.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pfn.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/uio.h>

#include "hide.h"
#include "lazy_vmcore.h"
#include "vmcore.h"

#define NAME	  "crash_dm_crypt_vmcore"
#define RUN_PAGES 16

static struct file *vmcore; /* NULL before lazy_vmcore_create() */

/*
 * Before the kernel reads a page from /proc/vmcore, it asks all callbacks whether
 * it may. So reading a page tells its number, and if another driver has taken it.
 * Drivers that were registered earlier are asked first. The answers do not change,
 * so a run of pages is looked up at once, and remembered.
 */
static DEFINE_MUTEX(lookup_lock);
static struct {
	struct task_struct *task; /* that looks pages up */
	pgoff_t start;		  /* of a run of pages that may be read */
	unsigned int count;
	unsigned long pfns[RUN_PAGES];
} lookup;

/* Nobody reads the page here: the kernel answers with zeros. */
static bool is_no_lookup(struct vmcore_cb *callback, unsigned long pfn)
{
	if (READ_ONCE(lookup.task) != current)
		return true;
	if (lookup.count < RUN_PAGES)
		lookup.pfns[lookup.count++] = pfn;
	return false;
}

static struct vmcore_cb callback = {
	.pfn_is_ram = is_no_lookup,
};

void lazy_vmcore_register(void)
{
	register_vmcore_cb(&callback);
}

/* Look up @pages pages. Remember none of them if one of them may not be read. */
static int look_up_run(pgoff_t start, unsigned int pages)
{
	loff_t at = PFN_PHYS(start);
	struct iov_iter nowhere;
	ssize_t got;

	iov_iter_discard(&nowhere, ITER_DEST, pages * PAGE_SIZE);
	lookup.start = start;
	lookup.count = 0;
	WRITE_ONCE(lookup.task, current);
	got = vfs_iter_read(vmcore, &nowhere, &at, 0);
	WRITE_ONCE(lookup.task, NULL);
	if (got != lookup.count * PAGE_SIZE)
		lookup.count = 0;
	return got > 0 ? 0 : got ?: -EINVAL;
}

static bool is_known(pgoff_t offset)
{
	return offset >= lookup.start && offset - lookup.start < lookup.count;
}

/*
 * Return 1 and set *@pfn if the page at @offset of /proc/vmcore is memory that may
 * be read, 0 if it is something else, or a negative errno.
 */
static int look_up(pgoff_t offset, unsigned long *pfn)
{
	int ret = 0;

	mutex_lock(&lookup_lock);
	if (!is_known(offset))
		ret = look_up_run(offset, RUN_PAGES);
	if (!ret && !is_known(offset))
		ret = look_up_run(offset, 1);
	if (!ret && is_known(offset)) {
		*pfn = lookup.pfns[offset - lookup.start];
		ret = 1;
	}
	mutex_unlock(&lookup_lock);
	return ret;
}

static vm_fault_t show_page(struct vm_fault *vmf)
{
	unsigned long pfn;
	int ret = look_up(vmf->pgoff, &pfn);

	if (ret < 0)
		return VM_FAULT_SIGBUS;
	if (!ret || !hide_shows_page(pfn))
		pfn = page_to_pfn(ZERO_PAGE(vmf->address));
	return vmf_insert_pfn(vmf->vma, vmf->address, pfn);
}

/*
 * It maps no further pages. But without it, the kernel gives up each fault at
 * first, to take the lock of the whole address space.
 */
static vm_fault_t map_around(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	return 0;
}

static const struct vm_operations_struct operations = {
	.fault = show_page,
	.map_pages = map_around,
};

/* The memory lies behind everything else in /proc/vmcore. */
static bool has_only_memory(struct vm_area_struct *vma)
{
	pgoff_t last = vma->vm_pgoff + vma_pages(vma) - 1;
	unsigned long pfn;

	return look_up(vma->vm_pgoff, &pfn) == 1 && look_up(last, &pfn) == 1;
}

/*
 * The headers are pages of the crash kernel, so /proc/vmcore itself maps a part
 * that contains some, and a part that ends in memory that is taken.
 */
static int lazy_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (!has_only_memory(vma))
		return vmcore->f_op->mmap ? vmcore->f_op->mmap(vmcore, vma) :
					    -ENODEV;
	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	vm_flags_mod(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP,
		     VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_ops = &operations;
	return 0;
}

static ssize_t lazy_read(struct kiocb *iocb, struct iov_iter *iter)
{
	return vfs_iter_read(vmcore, iter, &iocb->ki_pos, 0);
}

static const struct proc_ops lazy_ops = {
	.proc_read_iter = lazy_read,
	.proc_lseek = default_llseek,
	.proc_mmap = lazy_mmap,
};

int lazy_vmcore_create(void)
{
	struct proc_dir_entry *entry;
	struct file *file;

	if (vmcore)
		return 0;
	file = filp_open(VMCORE, O_RDONLY | O_LARGEFILE, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	vmcore = file;
	entry = proc_create(NAME, 0400, NULL, &lazy_ops);
	if (!entry) {
		vmcore = NULL;
		filp_close(file, NULL);
		return -ENOMEM;
	}
	proc_set_size(entry, i_size_read(file_inode(file)));
	return 0;
}
