/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dumps that list --new has reported, by name: the time of a dump is wrong
 * if the clock of the crashed machine was.
 */
#ifndef KDUMP_CRYPT_REPORTED_DUMPS_H
#define KDUMP_CRYPT_REPORTED_DUMPS_H

#include "lib/dumps.h"
#include "lib/text_list.h"

struct reported_dumps {
	struct text_list names; /* PATH/NAME */
	bool all;      /* nothing was recorded yet, so nothing is new */
	int64_t until; /* older versions recorded the time of the last one */
};

/*
 * Read @file. It is no failure if there is none. error->number is an errno. The
 * caller releases @reported with reported_dumps_release().
 */
int reported_dumps_read(struct reported_dumps *reported, const char *file,
			struct error *error);

bool reported_dumps_has(const struct reported_dumps *reported,
			const struct dump *dump);

/*
 * Record in @file that all of @dumps are reported. Forget the names that are
 * gone, but not those in a path that has no dump now: its filesystem may not be
 * mounted. Do not write @file if nothing changes.
 */
int reported_dumps_write(const struct reported_dumps *reported,
			 const struct dumps *dumps, const char *file,
			 struct error *error);

void reported_dumps_release(struct reported_dumps *reported);

#endif /* KDUMP_CRYPT_REPORTED_DUMPS_H */
