/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_KERNEL_MODULES_H
#define KDUMP_CRYPT_KERNEL_MODULES_H

#include <stdbool.h>

struct kernel_modules;

/*
 * The modules of the kernel @version. NULL after the reason was printed. The
 * caller releases them with kernel_modules_free().
 */
struct kernel_modules *kernel_modules_new(const char *version);
void kernel_modules_free(struct kernel_modules *modules);

/*
 * Call @visit with the file of every module that has to be loaded for @name, a
 * module's name or an alias, in loading order and @name's own last. Where an
 * alias has several modules, only those that the running kernel uses are
 * visited, if any. What is built into the kernel has no file. Visits may
 * repeat. Returns 0; a negative errno where something is wrong, -ENOENT where
 * there is no such module.
 */
int kernel_modules_for_each(struct kernel_modules *modules, const char *name,
			    void (*visit)(const char *file, void *context),
			    void *context);

/*
 * What the module's file says its version is, for the caller to free. NULL
 * where it says none, or there is no such module.
 */
char *kernel_modules_version(struct kernel_modules *modules, const char *name);

/*
 * Load a module, and what it needs, into the running kernel, unless it is
 * there. Returns 0, or -1 after the reason was printed.
 */
int kernel_modules_load(const char *name);

#endif /* KDUMP_CRYPT_KERNEL_MODULES_H */
