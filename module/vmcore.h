/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_VMCORE_H
#define CRASH_DM_CRYPT_VMCORE_H

#include <linux/elf.h>

#define VMCORE "/proc/vmcore"

/*
 * In the crash kernel: call @visit for each piece of memory that the headers of
 * /proc/vmcore list, until it returns anything but 0. Return that, or the error
 * of reading the headers. May sleep.
 */
int vmcore_for_each_segment(int (*visit)(const Elf64_Phdr *segment,
					 void *context),
			    void *context);

/*
 * Return the note VMCOREINFO of the crashed kernel, lines of "NAME=VALUE", or an
 * ERR_PTR: -ENOENT if there is none, -ENOMEM, or the error of reading it. The
 * caller frees it with kfree(). May sleep.
 */
char *vmcore_note(void);

#endif /* CRASH_DM_CRYPT_VMCORE_H */
