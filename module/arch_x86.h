/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_ARCH_X86_H
#define CRASH_DM_CRYPT_ARCH_X86_H

#include <asm/asm.h>
#include <asm/ibt.h>
#include <linux/ftrace.h>
#include <linux/mm.h>
#include <linux/types.h>

#define ARCH_KEXEC_LOAD			"__x64_sys_kexec_load"
#define ARCH_SAVES_SEGMENT		true
#define ARCH_CRASH_KERNEL_LISTS_ALL_RAM false
#define ARCH_MOVES_MEMORY		false

#define ARCH_PROBE_OFFSET 0
#define ARCH_WRAP_FLAGS	  0

#define ARCH_CACHE_LINE 64

/* ftrace's call comes after the ENDBR. A kprobe does, too. */
static __always_inline unsigned long arch_function_start(unsigned long ip,
							 unsigned long probed)
{
	return ip - ENDBR_INSN_SIZE;
}

static __always_inline void arch_redirect(struct ftrace_regs *fregs,
					  unsigned long function)
{
	ftrace_regs_set_instruction_pointer(fregs, function);
}

/*
 * If the processor can recover from a memory error, it does so here, as in
 * copy_mc_to_kernel(), which would copy the page. Errors concern whole cache
 * lines, so read a byte of each.
 */
static inline bool arch_can_read(const u8 *page)
{
	const u8 *end = page + PAGE_SIZE;

#pragma GCC unroll 8
	for (; page < end; page += ARCH_CACHE_LINE)
		/* clang-format off */
		asm goto("1: cmpb $0, %0\n"
			 _ASM_EXTABLE_TYPE(1b, %l[failed], EX_TYPE_DEFAULT_MCE_SAFE)
			 : : "m"(*page) : "cc" : failed);
	/* clang-format on */
	return true;
failed:
	return false;
}

#endif /* CRASH_DM_CRYPT_ARCH_X86_H */
