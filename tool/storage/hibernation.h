/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_HIBERNATION_H
#define KDUMP_CRYPT_HIBERNATION_H

/*
 * Return why hibernation would write saved keys to a disk: the kernel can
 * hibernate, and there is swap that is not encrypted. Return NULL if it would
 * not. The caller frees the text. @swaps is /proc/swaps, @mountinfo is
 * /proc/self/mountinfo and @sysfs is /sys, except in tests.
 */
char *hibernation_problem(const char *swaps, const char *mountinfo,
			  const char *sysfs);

#endif /* KDUMP_CRYPT_HIBERNATION_H */
