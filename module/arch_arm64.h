/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CRASH_DM_CRYPT_ARCH_ARM64_H
#define CRASH_DM_CRYPT_ARCH_ARM64_H

#include <linux/ftrace.h>
#include <linux/types.h>

#ifndef CONFIG_KPROBES
#error "crash_dm_crypt needs kprobes to find where a function starts"
#endif

#define ARCH_KEXEC_LOAD			"__arm64_sys_kexec_load"
#define ARCH_SAVES_SEGMENT		false
#define ARCH_CRASH_KERNEL_LISTS_ALL_RAM false
#define ARCH_MOVES_MEMORY		false

#define ARCH_PROBE_OFFSET 0
#define ARCH_WRAP_FLAGS	  0

/* Other instructions come before ftrace's call: "bti c", "mov x9, lr". */
static __always_inline unsigned long arch_function_start(unsigned long ip,
							 unsigned long probed)
{
	return probed;
}

static __always_inline void arch_redirect(struct ftrace_regs *fregs,
					  unsigned long function)
{
	ftrace_regs_set_instruction_pointer(fregs, function);
}

/* Linux 6.12 does not survive reading memory with an error in the kernel. */
static inline bool arch_can_read(const u8 *page)
{
	return true;
}

#endif /* CRASH_DM_CRYPT_ARCH_ARM64_H */
