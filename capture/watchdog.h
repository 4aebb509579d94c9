/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second process that restarts the machine if a step of the capture exceeds
 * its time limit, even if the first process is stuck in the kernel.
 */
#ifndef KDUMP_CRYPT_WATCHDOG_H
#define KDUMP_CRYPT_WATCHDOG_H

#include "lib/error.h"

/*
 * Start the watchdog, with the limits of watchdog_set(). On failure the capture
 * goes on without a watchdog.
 */
int watchdog_start(const char *step, unsigned int seconds, struct error *error);

/*
 * Restart the machine in @seconds, and report that @step took too long. Each
 * call replaces the one before. @step is a string constant.
 */
void watchdog_set(const char *step, unsigned int seconds);

/* Disable the watchdog. */
void watchdog_stop(void);

#endif /* KDUMP_CRYPT_WATCHDOG_H */
