/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of makedumpfile that core_collector may have. */
#ifndef KDUMP_CRYPT_CORE_COLLECTOR_H
#define KDUMP_CRYPT_CORE_COLLECTOR_H

#include "lib/error.h"

/* What to do about core_collector_concern(). */
#define CORE_COLLECTOR_REMEDY "install makedumpfile 1.7.7 or later"

/*
 * Return why the value of core_collector cannot be used: it names another
 * program, or it has an option that leaves no complete vmcore. Return NULL if
 * nothing is wrong. The text follows the name of the directive.
 */
const char *core_collector_problem(const char *value);

/*
 * Return the value of core_collector for a crash kernel with that number of
 * processors: unless it says how many threads to use, it gets an option for that.
 * The caller frees it.
 */
char *core_collector_for(const char *value, unsigned int cpus);

/*
 * Ask makedumpfile whether it accepts its options. Return 0 or -1. Return 0 if
 * it is not installed, or too old to check them.
 */
int core_collector_try(const char *value, struct error *error);

/*
 * Return the version of the makedumpfile that is installed, such as "1.7.6".
 * Return NULL if it does not tell. The caller frees it.
 */
char *core_collector_version(void);

/*
 * Return why this version of makedumpfile will dump memory that is free, though
 * the value of core_collector does not ask for it. Return NULL if it will not, or
 * if the capture program can work around that. @version may be NULL. The caller
 * frees the text.
 */
char *core_collector_concern(const char *version, const char *value);

#endif /* KDUMP_CRYPT_CORE_COLLECTOR_H */
