/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KDUMP_CRYPT_REPORT_H
#define KDUMP_CRYPT_REPORT_H

/* Seconds since the crash kernel started. */
double report_clock(void);

/*
 * A line on every console, with the time: what @step did, or why it could not.
 */
void report(const char *step, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* KDUMP_CRYPT_REPORT_H */
