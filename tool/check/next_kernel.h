/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_NEXT_KERNEL_H
#define KDUMP_CRYPT_NEXT_KERNEL_H

/*
 * Return why no crash kernel can be loaded now, and what to do, if it is because
 * the running kernel has no module. Otherwise return NULL. The caller frees the
 * text.
 */
char *running_kernel_problem(void);

/*
 * Return why the machine will not be armed when it boots its newest kernel, and
 * what to do. Return NULL if nothing is wrong, or if the machine was not set up
 * for volume keys. The caller frees the text.
 */
char *next_kernel_problem(void);

#endif /* KDUMP_CRYPT_NEXT_KERNEL_H */
