/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading the kernel modules of the plan. A module that loads slowly, or never
 * ends to load, does not stop the others: it goes on by itself.
 */
#ifndef KDUMP_CRYPT_MODULES_H
#define KDUMP_CRYPT_MODULES_H

#include <stdbool.h>

#include "lib/plan.h"

/*
 * The step "modules": load the modules of the plan, which the caller keeps.
 * Report what could not be loaded. Some may still be loading when it returns.
 */
void modules_load(const struct plan *plan);

/*
 * In a worker: load the modules that the plan has for a logical volume that
 * cannot be activated. Return true if it is worth a new attempt, false if they
 * were loaded before or if there are none. The name of the step changes.
 */
bool modules_load_on_demand(void);

/* Note and report which modules have been loaded since the last call. */
void modules_check(void);

/*
 * Return the seconds since the last module was loaded, also in another process
 * than the one that loads them. Return 0 while a module is loading.
 */
double modules_idle(void);

#endif /* KDUMP_CRYPT_MODULES_H */
