/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_CRASH_KERNEL_H
#define KDUMP_CRYPT_CRASH_KERNEL_H

#include <stdbool.h>

#include "lib/error.h"

/* Return the bytes reserved with crashkernel=, or 0 if none are. */
long long crash_kernel_reserved(void);

/* Return the bytes of memory that a dump of this machine describes. */
long long crash_kernel_machine_memory(void);

bool crash_kernel_is_loaded(void);

/*
 * Return how many crash kernels were loaded since the module crash_dm_crypt was,
 * no matter by whom. Return -1 if the module is not loaded.
 */
long long crash_kernel_loads(void);

/*
 * Load a crash kernel with kexec_file_load(2). It replaces the one that is
 * loaded. On failure that one may be gone, and the reason says so.
 * error->number is an errno.
 */
int crash_kernel_load(const char *kernel, const char *initramfs,
		      const char *command_line, struct error *error);

/* Unload the crash kernel, if one is loaded. error->number is an errno. */
int crash_kernel_unload(struct error *error);

#endif /* KDUMP_CRYPT_CRASH_KERNEL_H */
