/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading a crash kernel with kexec_load(2), for kernels without
 * kexec_file_load(2). kexec-tools does it: it knows how each architecture passes
 * memory and devices to the crash kernel.
 */
#ifndef KDUMP_CRYPT_KEXEC_LOAD_H
#define KDUMP_CRYPT_KEXEC_LOAD_H

#include <stdbool.h>

#include "lib/error.h"

/*
 * Return true if a crash kernel has to be loaded this way: if the kernel has no
 * kexec_file_load(2), or if the module saves keys for this way only.
 */
bool kexec_load_is_needed(void);

/*
 * Load a crash kernel. error->number is an errno, or 0 if kexec does not tell
 * it: then the reason has what kexec says. It is ENOPKG if kexec is missing.
 */
int kexec_load(const char *kernel, const char *initramfs,
	       const char *command_line, struct error *error);

#endif /* KDUMP_CRYPT_KEXEC_LOAD_H */
