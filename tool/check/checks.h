/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that would have to work in the crash kernel, as far as that can be known
 * without a crash.
 */
#ifndef KDUMP_CRYPT_CHECKS_H
#define KDUMP_CRYPT_CHECKS_H

#include <stddef.h>

enum check_result {
	CHECK_PASS,
	CHECK_WARN, /* there will be a dump all the same */
	CHECK_FAIL,
};

struct check {
	const char *name;
	enum check_result result;
	char *text;
	char *remedy; /* NULL where it passes */
};

struct checks {
	struct check *list; /* in the order in which one would fix them */
	size_t count;
};

/*
 * Check for the dump path @path and the configuration file @config, or where
 * they are NULL for those of the crash kernel that is loaded, or else those
 * that load would use. What depends on something that fails is left out. The
 * caller releases it with checks_release(). For root.
 */
void checks_run(struct checks *checks, const char *path, const char *config);
void checks_release(struct checks *checks);

/* The worst of all results. */
enum check_result checks_result(const struct checks *checks);

#endif /* KDUMP_CRYPT_CHECKS_H */
