/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_SHELL_H
#define KDUMP_CRYPT_SHELL_H

/*
 * Run a shell on the console until it ends. It has no time limit: the watchdog
 * is disabled until the next step begins. A failure is reported.
 */
void shell_run(void);

#endif /* KDUMP_CRYPT_SHELL_H */
