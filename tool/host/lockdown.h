/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel lockdown, kernel_lockdown(7): the kernel loads only modules and kernel
 * images that are signed with a key that it trusts.
 */
#ifndef KDUMP_CRYPT_LOCKDOWN_H
#define KDUMP_CRYPT_LOCKDOWN_H

#include <stdbool.h>

/* Return true if the running kernel requires signed modules. */
bool lockdown_requires_signed_modules(void);

/*
 * Return why the kernel refused to load the module, and what to do about it.
 * The caller frees the text.
 */
char *lockdown_explain_module(const char *name);

/* Return why the kernel refused to load a kernel image, and what to do. */
const char *lockdown_explain_image(void);

#endif /* KDUMP_CRYPT_LOCKDOWN_H */
