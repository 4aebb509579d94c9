/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_CRASH_KERNEL_H
#define KDUMP_CRYPT_CRASH_KERNEL_H

#include <stdbool.h>

/* Bytes reserved with crashkernel=, 0 where nothing is. */
long long crash_kernel_reserved(void);

/* Bytes of memory that a dump of this machine describes. */
long long crash_kernel_machine_memory(void);

bool crash_kernel_is_loaded(void);

/*
 * Load a crash kernel with kexec_file_load(2), in place of the one that is
 * loaded. Returns 0, or -1 after the reason was printed; the previous one may
 * be gone by then, which is printed too.
 */
int crash_kernel_load(const char *kernel, const char *initramfs,
		      const char *command_line);

/* Returns 0, also where none is loaded, or -1 after the reason was printed. */
int crash_kernel_unload(void);

#endif /* KDUMP_CRYPT_CRASH_KERNEL_H */
