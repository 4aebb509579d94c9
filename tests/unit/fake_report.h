/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report() of the capture program for tests. The step is always "test". */
#ifndef TESTS_UNIT_FAKE_REPORT_H
#define TESTS_UNIT_FAKE_REPORT_H

extern char last_report[256];
extern unsigned int reports; /* how often report() was called */

#endif /* TESTS_UNIT_FAKE_REPORT_H */
