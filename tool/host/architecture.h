/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between the architectures that this program is compiled for. */
#ifndef KDUMP_CRYPT_ARCHITECTURE_H
#define KDUMP_CRYPT_ARCHITECTURE_H

/*
 * DYNAMIC_LOADER
 *	The "Program Interpreter" of the processor's ABI.
 * KERNEL_FORMAT
 *	The format of kernel images, see tool/kexec/kernel_format.h.
 * KERNEL_FILE
 *	The path of a kernel, up to its version.
 * MORE_CRASH_PARAMETERS
 *	Parameters of the crash kernel that only this architecture needs.
 * MODULE_SERVES_FILE_LOADS
 *	1 if the module saves keys in loads with kexec_file_load(2).
 * KEXEC_LEAVES_OUT_RESERVED
 *	1 if kexec-tools leaves out of the headers of /proc/vmcore what
 *	/proc/iomem calls "Reserved" inside of "System RAM".
 */
#if defined(__x86_64__)
#define MODULE_SERVES_FILE_LOADS 1
#define DYNAMIC_LOADER		 "/lib64/ld-linux-x86-64.so.2"
#define KERNEL_FORMAT		 kernel_format_x86
#define KERNEL_FILE		 "/boot/vmlinuz-"
#define MORE_CRASH_PARAMETERS	 ""
#elif defined(__aarch64__)
#define DYNAMIC_LOADER	      "/lib/ld-linux-aarch64.so.1"
#define KERNEL_FORMAT	      kernel_format_arm64
#define KERNEL_FILE	      "/boot/vmlinuz-"
/* Debian's kernels would reserve 64 MiB for the DMA of some devices. */
#define MORE_CRASH_PARAMETERS " cma=0"
#elif defined(__riscv) && __riscv_xlen == 64
#define KEXEC_LEAVES_OUT_RESERVED 1
#define DYNAMIC_LOADER		  "/lib/ld-linux-riscv64-lp64d.so.1"
#define KERNEL_FORMAT		  kernel_format_riscv64
#define KERNEL_FILE		  "/boot/vmlinux-"
#define MORE_CRASH_PARAMETERS	  ""
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define DYNAMIC_LOADER	      "/lib64/ld64.so.2"
#define KERNEL_FORMAT	      kernel_format_ppc64el
#define KERNEL_FILE	      "/boot/vmlinux-"
#define MORE_CRASH_PARAMETERS ""
#else
#error "kdump-crypt does not know this architecture"
#endif

#ifndef MODULE_SERVES_FILE_LOADS
#define MODULE_SERVES_FILE_LOADS 0
#endif

#ifndef KEXEC_LEAVES_OUT_RESERVED
#define KEXEC_LEAVES_OUT_RESERVED 0
#endif

#endif /* KDUMP_CRYPT_ARCHITECTURE_H */
