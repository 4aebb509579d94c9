/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The crashkernel= parameter, in the configuration of the boot loader that
 * starts this machine. Another loader may be installed, too.
 */
#ifndef KDUMP_CRYPT_KERNEL_PARAMETER_H
#define KDUMP_CRYPT_KERNEL_PARAMETER_H

#include <stdbool.h>

#include "tool/setup/setup.h"

/*
 * Return the file from which the next boot takes the parameter: that of GRUB, or
 * that of kernel-install(8) for systemd-boot and unified kernel images. It need
 * not exist.
 */
const char *kernel_parameter_file(void);

/* Return the MiB that the next boot reserves, or 0 if this is not known. */
long long kernel_parameter_reserved(void);

/*
 * Return true if the next boot reserves no memory, although this one may have:
 * an earlier setup was undone since.
 */
bool kernel_parameter_is_gone(void);

/*
 * Want the parameter in that file, or add what a person has to do to
 * @setup->manual_steps. Return 0 or -1.
 */
int kernel_parameter_want(struct setup *setup, long long mebibytes,
			  struct error *error);

#endif /* KDUMP_CRYPT_KERNEL_PARAMETER_H */
