/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options --path and --config of an earlier setup. The service loads with
 * them, so they are also what other verbs use if nothing else is given.
 */
#ifndef KDUMP_CRYPT_RECORDED_OPTIONS_H
#define KDUMP_CRYPT_RECORDED_OPTIONS_H

#include "lib/error.h"

struct recorded_options {
	char *path, *config; /* NULL: not given */
};

/*
 * Read them from the record of setup, which is CHANGE_RECORD except in tests.
 * There are none if setup has not run. Return 0 or -1. The caller releases
 * @recorded with recorded_options_release() in both cases.
 */
int recorded_options_read(struct recorded_options *recorded, const char *file,
			  struct error *error);

/*
 * Put them in place of options that are NULL. A @config that was given has a
 * path of its own. The texts still belong to @recorded.
 */
void recorded_options_apply(const struct recorded_options *recorded,
			    const char **path, const char **config);

void recorded_options_release(struct recorded_options *recorded);

#endif /* KDUMP_CRYPT_RECORDED_OPTIONS_H */
