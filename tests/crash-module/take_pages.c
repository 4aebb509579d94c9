// SPDX-License-Identifier: GPL-2.0
/*
 * Take pages in all the ways that the page allocator has, mark each, and keep them.
 * Then take single pages, mark them as well, and free them again. A test looks for
 * the marks in a dump. The parameters say how many pages were kept and freed.
 */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define ORDERS	10
#define SINGLE	64
#define VMALLOC 64
#define EXACT	5
#define FREED	4000

static unsigned int kept;
module_param(kept, uint, 0444);
MODULE_PARM_DESC(kept, "Number of pages that were kept");

static unsigned int freed;
module_param(freed, uint, 0444);
MODULE_PARM_DESC(freed, "Number of pages that were freed");

/* Pages that a driver keeps on a list. */
static LIST_HEAD(list);

static void mark_kept(void *start, unsigned int pages)
{
	unsigned int i;

	for (i = 0; start && i < pages; i++)
		sprintf(start + i * PAGE_SIZE, "take_pages-%s-%06u\n", "kept",
			kept++);
}

static void keep_blocks(gfp_t flags)
{
	unsigned int order;

	for (order = 0; order < ORDERS; order++)
		mark_kept((void *)__get_free_pages(GFP_KERNEL | flags, order),
			  1 << order);
}

static void keep_on_list(void)
{
	unsigned int i;

	for (i = 0; i < SINGLE; i++) {
		struct page *page = alloc_page(GFP_KERNEL);

		if (!page)
			continue;
		mark_kept(page_address(page), 1);
		list_add(&page->lru, &list);
	}
}

static void keep_slab_pages(void)
{
	unsigned int i;

	for (i = 0; i < SINGLE; i++)
		mark_kept(kmalloc(PAGE_SIZE, GFP_KERNEL), 1);
}

/* Link them through their content, as their descriptors are what is tested. */
static void free_pages_again(void)
{
	void *last = NULL;
	unsigned int i;

	for (i = 0; i < FREED; i++) {
		void *page = (void *)__get_free_page(GFP_KERNEL);

		if (!page)
			break;
		*(void **)page = last;
		sprintf(page + sizeof(last), "take_pages-%s-%06u\n", "freed",
			freed++);
		last = page;
	}
	while (last) {
		void *next = *(void **)last;

		free_page((unsigned long)last);
		last = next;
	}
}

static int __init take_pages_init(void)
{
	keep_blocks(0);
	keep_blocks(__GFP_COMP);
	mark_kept(alloc_pages_exact(EXACT * PAGE_SIZE, GFP_KERNEL), EXACT);
	mark_kept(vmalloc(VMALLOC * PAGE_SIZE), VMALLOC);
	keep_on_list();
	keep_slab_pages();
	free_pages_again();
	return 0;
}

module_init(take_pages_init);

MODULE_DESCRIPTION("Take, mark, and free pages");
MODULE_LICENSE("GPL");
