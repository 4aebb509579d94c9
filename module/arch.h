/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between architectures. Each has a header of its own, with:
 *
 * ARCH_KEXEC_LOAD
 *	the function of the system call kexec_load(2), for its own processes.
 * ARCH_SAVES_SEGMENT
 *	true if kexec_file_load(2) saves keys (segment.c), besides kexec_load(2)
 *	(held.c).
 * ARCH_CRASH_KERNEL_LISTS_ALL_RAM
 *	true if "System RAM" in the crash kernel's /proc/iomem is the machine's,
 *	not only its own.
 * ARCH_MOVES_MEMORY
 *	true if memory that the crash kernel needs is copied into reserved memory
 *	first. The headers of /proc/vmcore do not list the copy.
 * ARCH_PROBE_OFFSET
 *	where a kprobe can be in any function, in bytes from its symbol.
 * ARCH_WRAP_FLAGS
 *	further flags of an ftrace_ops that redirects calls.
 * arch_function_start(ip, probed)
 *	the address to call a hooked function at. @ip is where ftrace's call is,
 *	@probed where a kprobe at its symbol would be.
 * arch_redirect(fregs, function)
 *	continue in @function instead of the function that is being called.
 * arch_can_read(page)
 *	false if the memory of a page has an error that the processor can recover
 *	from.
 */
#ifndef CRASH_DM_CRYPT_ARCH_H
#define CRASH_DM_CRYPT_ARCH_H

#if defined(CONFIG_X86_64)
#include "arch_x86.h"
#elif defined(CONFIG_ARM64)
#include "arch_arm64.h"
#elif defined(CONFIG_RISCV) && defined(CONFIG_64BIT)
#include "arch_riscv64.h"
#elif defined(CONFIG_PPC64) && defined(CONFIG_CPU_LITTLE_ENDIAN)
#include "arch_ppc64el.h"
#else
#error "crash_dm_crypt does not know this architecture"
#endif

#endif /* CRASH_DM_CRYPT_ARCH_H */
