/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Check all that has to work in the crash kernel, as far as that can be known
 * without a crash.
 *
 * To add a check, write its function, declare it in check_facts.h, and add it
 * to the table in checks.c.
 */
#ifndef KDUMP_CRYPT_CHECKS_H
#define KDUMP_CRYPT_CHECKS_H

#include <stdbool.h>
#include <stddef.h>

#include "tool/check/chain.h"
#include "tool/check/check.h"

struct checks {
	struct check *list; /* in the order in which to fix them */
	size_t count;
	struct chain *chains; /* of the dump path and of each fallback path */
	size_t chain_count; /* 0: not wanted, or the paths cannot take a dump */
};

/*
 * Check for the dump path @path and the configuration file @config. If they are
 * NULL, check for those of the loaded crash kernel, or for those that load
 * would use. A check is left out if it depends on something that fails. Find
 * the chains if @with_chains. The warnings are about running the checks. The
 * caller releases @checks with checks_release(). For root.
 */
void checks_run(struct checks *checks, const char *path, const char *config,
		bool with_chains, struct text_list *warnings);
void checks_release(struct checks *checks);

/* Return the worst result. */
enum check_result checks_result(const struct checks *checks);

#endif /* KDUMP_CRYPT_CHECKS_H */
