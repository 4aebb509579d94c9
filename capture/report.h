/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages of the capture program. Only the files that own a step report:
 * each defines the names of its steps. All others return a struct error, so
 * that the step reports it, or get the step's name as a parameter.
 */
#ifndef KDUMP_CRYPT_REPORT_H
#define KDUMP_CRYPT_REPORT_H

/*
 * Print a line on every console, with the time: what the step @step did, or why
 * it could not do it. Needs no memory.
 */
void report(const char *step, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* KDUMP_CRYPT_REPORT_H */
