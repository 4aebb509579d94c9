// SPDX-License-Identifier: GPL-2.0
/*
 * Keep the contents of a file in kernel memory: all of it in vmalloc memory, and
 * its beginning in a slab and in a compound page. For guests of the lab, whose
 * memory a test then searches.
 *
 *   modprobe plant_bytes file=/root/bytes
 */
#include <linux/kernel_read_file.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define SLAB_BYTES     2048
#define COMPOUND_BYTES (16 * 1024) /* kmalloc() takes pages for it */

static char *file;
module_param(file, charp, 0444);
MODULE_PARM_DESC(file, "Path of the file to keep");

static void *in_vmalloc;
static void *in_slab;
static void *in_compound_page;

static void release(void)
{
	kfree(in_compound_page);
	kfree(in_slab);
	vfree(in_vmalloc);
}

static int __init plant_bytes_init(void)
{
	ssize_t size = kernel_read_file_from_path(file, 0, &in_vmalloc, INT_MAX,
						  NULL, READING_UNKNOWN);

	if (size < 0)
		return size;
	in_slab = kmemdup(in_vmalloc, min_t(size_t, size, SLAB_BYTES),
			  GFP_KERNEL);
	in_compound_page = kzalloc(COMPOUND_BYTES, GFP_KERNEL);
	if (!in_slab || !in_compound_page) {
		release();
		return -ENOMEM;
	}
	memcpy(in_compound_page, in_vmalloc,
	       min_t(size_t, size, COMPOUND_BYTES));
	return 0;
}

static void __exit plant_bytes_exit(void)
{
	release();
}

module_init(plant_bytes_init);
module_exit(plant_bytes_exit);

MODULE_DESCRIPTION("Keep the bytes of a file in kernel memory");
MODULE_LICENSE("GPL");
