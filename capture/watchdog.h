/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second process that restarts the machine if PID 1 exceeds its time limit,
 * even if PID 1 is stuck in the kernel. What may get stuck there is done by a
 * child of PID 1, which can be given up: see worker.h.
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

/* Have this process, a child of PID 1, no longer set the watchdog. */
void watchdog_leave(void);

#endif /* KDUMP_CRYPT_WATCHDOG_H */
