/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The prototypes of kernel functions, as the kernel's BTF describes them. This
 * header and prototypes.c also compile in user space, for the tests.
 */
#ifndef CRASH_DM_CRYPT_PROTOTYPES_H
#define CRASH_DM_CRYPT_PROTOTYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#endif

/*
 * Return false if @function has a prototype in @btf, the @size bytes of
 * /sys/kernel/btf/vmlinux, and its first parameter is not a pointer to
 * struct kimage. BTF that is damaged, or of a kind that is not known yet, counts
 * as if the prototype was not in it.
 */
bool prototype_takes_image(const void *btf, size_t size, const char *function);

/*
 * Return true if the prototypes of kernels of this version, a KERNEL_VERSION(),
 * are known, so that a kernel without BTF may be trusted to have them.
 */
bool prototypes_are_known(unsigned int version);

#endif /* CRASH_DM_CRYPT_PROTOTYPES_H */
