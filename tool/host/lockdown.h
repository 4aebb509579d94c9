/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that takes only what is signed with a key that it trusts, see
 * kernel_lockdown(7), and what a person can do about it.
 */
#ifndef KDUMP_CRYPT_LOCKDOWN_H
#define KDUMP_CRYPT_LOCKDOWN_H

#include <stdbool.h>

/* Whether the running kernel is so about modules. */
bool lockdown_of_modules(void);

/* Print what has to be done for it to load the module. */
void lockdown_warn_of_module(const char *name);

/* Why it refused to load a kernel image, and what to do. */
const char *lockdown_explain_image(void);

#endif /* KDUMP_CRYPT_LOCKDOWN_H */
