/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals that ask the program to end, held back while it could leave a key or
 * a wrong record behind: SIGHUP, SIGINT, SIGQUIT and SIGTERM.
 */
#ifndef KDUMP_CRYPT_INTERRUPTION_H
#define KDUMP_CRYPT_INTERRUPTION_H

#include "lib/error.h"

/* From now on these signals are only noted. System calls are restarted. */
void interruption_hold(void);

/*
 * Return 0 if no such signal came since interruption_hold(). Otherwise return
 * -1 with EINTR.
 */
int interruption_check(struct error *error);

/* Stop holding signals back. If one came, the program ends by it here. */
void interruption_release(void);

#endif /* KDUMP_CRYPT_INTERRUPTION_H */
