// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/fs.h>

#include "vmcore.h"

/* What is read here is in the crash kernel's own memory. */
static int visit_segments(struct file *file,
			  int (*visit)(const Elf64_Phdr *segment,
				       void *context),
			  void *context)
{
	Elf64_Phdr segment;
	Elf64_Ehdr header;
	loff_t at = 0;
	unsigned int i;
	int ret = 0;

	if (kernel_read(file, &header, sizeof(header), &at) != sizeof(header))
		return -EIO;
	at = header.e_phoff;
	for (i = 0; i < header.e_phnum && !ret; i++) {
		if (kernel_read(file, &segment, sizeof(segment), &at) !=
		    sizeof(segment))
			return -EIO;
		if (segment.p_type == PT_LOAD)
			ret = visit(&segment, context);
	}
	return ret;
}

int vmcore_for_each_segment(int (*visit)(const Elf64_Phdr *segment,
					 void *context),
			    void *context)
{
	struct file *file = filp_open(VMCORE, O_RDONLY | O_LARGEFILE, 0);
	int ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = visit_segments(file, visit, context);
	filp_close(file, NULL);
	return ret;
}
