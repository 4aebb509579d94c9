// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "arch.h"
#include "saved_area.h"
#include "vmcore.h"

#define COMMAND_LINE_PARAMETER "dmcryptkeys"

/*
 * The address of the saved area, or why it is not known. Found out when the
 * module is loaded: reading a file takes locks, and a write to a file of the
 * module already holds some of them.
 */
static phys_addr_t area_address;
static int area_error;

/*
 * The kernel does not export its command line, so read /proc/cmdline. The
 * caller frees the text.
 */
static char *read_command_line(void)
{
	loff_t position = 0;
	struct file *file;
	ssize_t length;
	char *text;

	text = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!text)
		return ERR_PTR(-ENOMEM);

	file = filp_open("/proc/cmdline", O_RDONLY, 0);
	if (IS_ERR(file)) {
		kfree(text);
		return ERR_CAST(file);
	}
	length = kernel_read(file, text, PAGE_SIZE - 1, &position);
	filp_close(file, NULL);
	if (length < 0) {
		kfree(text);
		return ERR_PTR(length);
	}
	return text;
}

/* The first occurrence counts: the running kernel's module put it in front. */
static int find_address(phys_addr_t *address)
{
	char *text, *args, *name, *value;
	unsigned long long number;
	int ret = -ENOENT;

	text = read_command_line();
	if (IS_ERR(text))
		return PTR_ERR(text);

	args = strim(text);
	while (*args) {
		args = next_arg(args, &name, &value);
		if (strcmp(name, COMMAND_LINE_PARAMETER))
			continue;
		ret = value ? kstrtoull(value, 0, &number) : -EINVAL;
		if (!ret)
			*address = number;
		break;
	}
	kfree(text);
	return ret;
}

int saved_area_find(void)
{
	area_error = find_address(&area_address);
	return area_error == -ENOMEM ? -ENOMEM : 0;
}

/*
 * If the running kernel's module saved the area in reserved memory, it took its
 * pages out of the crash kernel's memory with memmap=.
 */
static bool is_segment(phys_addr_t start, size_t size)
{
	return ARCH_SAVES_SEGMENT &&
	       region_intersects(start, size, IORESOURCE_MEM,
				 IORES_DESC_RESERVED) == REGION_INTERSECTS;
}

struct area_range {
	phys_addr_t start, end;
};

static int contains(const Elf64_Phdr *segment, void *context)
{
	const struct area_range *range = context;

	return range->start >= segment->p_paddr &&
	       range->end <= segment->p_paddr + segment->p_memsz;
}

static bool is_own_memory(phys_addr_t start, size_t size)
{
	return !ARCH_CRASH_KERNEL_LISTS_ALL_RAM &&
	       region_intersects(start, size, IORESOURCE_SYSTEM_RAM,
				 IORES_DESC_NONE) != REGION_DISJOINT;
}

/* If the module held the area, it lies in the crashed kernel's memory. */
static bool is_held(phys_addr_t start, size_t size)
{
	struct area_range range = { start, start + size };

	return range.end > start && !is_own_memory(start, size) &&
	       vmcore_for_each_segment(contains, &range) == 1;
}

/* Do not map anything else, be it the crash kernel's memory or a device. */
static bool may_have_area(phys_addr_t start, size_t size)
{
	return is_segment(start, size) || is_held(start, size);
}

bool saved_area_may_be_held(void)
{
	return !ARCH_SAVES_SEGMENT ||
	       (!area_error && !is_segment(area_address, PAGE_SIZE) &&
		!is_own_memory(area_address, PAGE_SIZE));
}

static struct area *map_area(phys_addr_t address)
{
	struct area *area;
	size_t size;
	int ret;

	if (!IS_ALIGNED(address, PAGE_SIZE) ||
	    !may_have_area(address, PAGE_SIZE))
		return ERR_PTR(-ERANGE);

	area = memremap(address, PAGE_SIZE, MEMREMAP_WB);
	if (!area)
		return ERR_PTR(-ENOMEM);
	ret = area_check_header(area);
	size = ret ? 0 : area_size(area);
	memunmap(area);
	if (ret)
		return ERR_PTR(ret);

	if (!may_have_area(address, PAGE_ALIGN(size)))
		return ERR_PTR(-EBADMSG);
	area = memremap(address, PAGE_ALIGN(size), MEMREMAP_WB);
	if (!area)
		return ERR_PTR(-ENOMEM);
	ret = area_check(area, size);
	if (ret) {
		memunmap(area);
		return ERR_PTR(ret);
	}
	return area;
}

struct area *saved_area_map(const char *consequence)
{
	struct area *area;

	if (area_error) {
		pr_err("%s: no usable %s= on the command line: error %d\n",
		       consequence, COMMAND_LINE_PARAMETER, area_error);
		return ERR_PTR(area_error);
	}
	area = map_area(area_address);
	if (IS_ERR(area))
		pr_err("%s: no intact saved area at %pa: error %ld\n",
		       consequence, &area_address, PTR_ERR(area));
	return area;
}
