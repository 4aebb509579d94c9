/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One check and its result. */
#ifndef KDUMP_CRYPT_CHECK_H
#define KDUMP_CRYPT_CHECK_H

#include "lib/error.h"
#include "lib/text_list.h"

enum check_result {
	CHECK_PASS,
	CHECK_WARN, /* a crash leaves a dump all the same */
	CHECK_FAIL,
};

struct check {
	const char *name;
	enum check_result result;
	char *text;   /* NULL: the check could not be made */
	char *remedy; /* what to do; NULL if it passes */
};

/* Set the result. For check_pass(), check_warn() and check_fail(). */
void check_conclude(struct check *check, enum check_result result,
		    const char *remedy, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#define check_pass(check, ...) \
	check_conclude(check, CHECK_PASS, NULL, __VA_ARGS__)
#define check_warn(check, ...) check_conclude(check, CHECK_WARN, __VA_ARGS__)
#define check_fail(check, ...) check_conclude(check, CHECK_FAIL, __VA_ARGS__)

/*
 * Fail for the reason in @error. The text begins with the warnings, if there are
 * any. @warnings may be NULL.
 */
void check_fail_for(struct check *check, const char *remedy,
		    const struct error *error,
		    const struct text_list *warnings);

void check_release(struct check *check);

#endif /* KDUMP_CRYPT_CHECK_H */
