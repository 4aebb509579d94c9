/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drivers of the machine's hardware watchdogs. */
#ifndef KDUMP_CRYPT_WATCHDOGS_H
#define KDUMP_CRYPT_WATCHDOGS_H

#include "lib/text_list.h"
#include "tool/host/kernel_modules.h"

/*
 * Add the names of the modules that drive watchdogs, and of those that drive
 * what the watchdogs are part of. The drivers of watchdogs of the chipset are
 * found before udev has loaded them, so the list stays the same from early in
 * the boot. @sysfs is /sys except in tests.
 */
void watchdogs_find(struct text_list *names, struct kernel_modules *modules,
		    const char *sysfs);

#endif /* KDUMP_CRYPT_WATCHDOGS_H */
