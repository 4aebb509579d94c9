/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_KERNEL_MODULES_H
#define KDUMP_CRYPT_KERNEL_MODULES_H

#include <stdbool.h>

#include "lib/error.h"
#include "lib/text_list.h"

struct kernel_modules;

/*
 * Open the modules of the kernel @version. The caller releases them with
 * kernel_modules_free().
 */
struct kernel_modules *kernel_modules_new(const char *version,
					  struct error *error);
void kernel_modules_free(struct kernel_modules *modules);

/* Return the version of their kernel. It belongs to @modules. */
const char *kernel_modules_release(const struct kernel_modules *modules);

typedef void (*kernel_modules_visit)(const char *file, const char *options,
				     void *context);

/*
 * Call @visit with the file of each module that is needed to load @name, in the
 * order of loading, and with the options that modprobe.d(5) and the running
 * kernel's command line give the module; "" if there are none. @name is the name of a module or an alias. If an alias has
 * several modules, those for other CPUs than this machine's are left out.
 * Modules that are built into the kernel have no file. A file may be visited
 * more than once. error->number is ENOENT if there is no such module, or
 * another errno.
 */
int kernel_modules_for_each(struct kernel_modules *modules, const char *name,
			    kernel_modules_visit visit, void *context,
			    struct error *error);

/* @file is "" if the module is built into the kernel. */
typedef void (*kernel_modules_driver_found)(const char *name, const char *file,
					    void *context);

/*
 * Call @found for each module that udev loads for a device with the alias
 * @modalias, whether the device has a driver now or not. A module that
 * modprobe.d blacklists is left out.
 */
void kernel_modules_for_device(struct kernel_modules *modules,
			       const char *modalias,
			       kernel_modules_driver_found found,
			       void *context);

/*
 * Add the names of the firmware files that the module @name may ask for. A name
 * is relative to the firmware directory, and can be a pattern of glob(7).
 */
void kernel_modules_firmware(struct kernel_modules *modules, const char *name,
			     struct text_list *firmware);

/*
 * Check that the module is installed for the kernel @version, or is built into
 * it. Return 0 or -1.
 */
int kernel_modules_check(const char *version, const char *name,
			 struct error *error);

/*
 * Return the version in the module's file. Return NULL if it has none, or if
 * there is no such module. The caller frees it.
 */
char *kernel_modules_version(struct kernel_modules *modules, const char *name);

/*
 * Load a module and the modules that it needs into the running kernel. Do
 * nothing if it is loaded. error->number is an errno.
 */
int kernel_modules_load(const char *name, struct error *error);

/*
 * Remove a module from the running kernel. error->number is an errno, EBUSY if
 * the module is in use.
 */
int kernel_modules_remove(const char *name, struct error *error);

#endif /* KDUMP_CRYPT_KERNEL_MODULES_H */
