/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second process that restarts the machine where a step of the capture takes
 * longer than it may, even if the first one is stuck in the kernel.
 */
#ifndef KDUMP_CRYPT_WATCHDOG_H
#define KDUMP_CRYPT_WATCHDOG_H

/* Returns 0, or -1 with errno set; the steps then go on without a watchdog. */
int watchdog_start(void);

/*
 * A step begins that may take @seconds. @step is a string constant. Called
 * again during the step, its time begins anew.
 */
void watchdog_step(const char *step, unsigned int seconds);

/* From now on everything may take as long as it takes. */
void watchdog_stop(void);

#endif /* KDUMP_CRYPT_WATCHDOG_H */
