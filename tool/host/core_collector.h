/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of makedumpfile that core_collector may have. */
#ifndef KDUMP_CRYPT_CORE_COLLECTOR_H
#define KDUMP_CRYPT_CORE_COLLECTOR_H

#include "lib/error.h"

/*
 * Return why the value of core_collector cannot be used: it names another
 * program, or it has an option that leaves no complete vmcore. Return NULL if
 * nothing is wrong. The text follows the name of the directive.
 */
const char *core_collector_problem(const char *value);

/*
 * Ask makedumpfile whether it accepts its options. Return 0 or -1. Return 0 if
 * it is not installed, or too old to check them.
 */
int core_collector_try(const char *value, struct error *error);

#endif /* KDUMP_CRYPT_CORE_COLLECTOR_H */
