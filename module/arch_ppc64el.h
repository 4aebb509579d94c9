/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_ARCH_PPC64EL_H
#define CRASH_DM_CRYPT_ARCH_PPC64EL_H

#include <linux/ftrace.h>
#include <linux/kconfig.h>
#include <linux/types.h>

#ifndef CONFIG_KPROBES
#error "crash_dm_crypt needs kprobes to find where a function starts"
#endif
#if !defined(CONFIG_ARCH_HAS_SYSCALL_WRAPPER) || \
	!defined(CONFIG_DYNAMIC_FTRACE_WITH_REGS)
#error "crash_dm_crypt does not know how this kernel calls functions"
#endif

#define ARCH_KEXEC_LOAD			"sys_kexec_load"
#define ARCH_SAVES_SEGMENT		false
#define ARCH_CRASH_KERNEL_LISTS_ALL_RAM true
/* It is linked to run with its vectors in the first 64 KiB. */
#define ARCH_MOVES_MEMORY true

/*
 * A function begins with two instructions that set r2 and are skipped by callers
 * of the same module, and two for ftrace. Without an offset, a kprobe is behind
 * the first two or all of them.
 */
#define ARCH_PROBE_OFFSET 16

#define ARCH_WRAP_FLAGS FTRACE_OPS_FL_SAVE_REGS

static __always_inline unsigned long arch_function_start(unsigned long ip,
							 unsigned long probed)
{
	return probed;
}

/* In arch_ppc64el_enter.S. */
void arch_enter(void);

/*
 * A function that is called through a pointer computes r2 from its own address
 * in r12, and the caller restores its r2. Without CONFIG_LIVEPATCH ftrace sets
 * neither. So only functions that are called through a pointer can be
 * redirected.
 */
static __always_inline void arch_redirect(struct ftrace_regs *fregs,
					  unsigned long function)
{
	ftrace_get_regs(fregs)->gpr[12] = function;
	if (IS_ENABLED(CONFIG_PPC_FTRACE_OUT_OF_LINE)) /* since 6.13 */
		function = (unsigned long)arch_enter;
	ftrace_regs_set_instruction_pointer(fregs, function);
}

/* There is no code to recover from reading memory with an error. */
static inline bool arch_can_read(const u8 *page)
{
	return true;
}

#endif /* CRASH_DM_CRYPT_ARCH_PPC64EL_H */
