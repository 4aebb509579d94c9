/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_CLOCK_H
#define KDUMP_CRYPT_CLOCK_H

/* Return the seconds since the crash kernel started. */
double clock_now(void);

#endif /* KDUMP_CRYPT_CLOCK_H */
