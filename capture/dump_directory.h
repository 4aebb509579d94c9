/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of one dump. */
#ifndef KDUMP_CRYPT_DUMP_DIRECTORY_H
#define KDUMP_CRYPT_DUMP_DIRECTORY_H

#include <stdint.h>

#include "lib/plan.h"

struct dump_directory {
	char *parent; /* the dump path, in the crash kernel */
	char *name;   /* <host>-<time> */
	char *path;   /* parent/name, in the crash kernel */
	char *shown;  /* the same path on the running machine, for reports */
};

/*
 * Make a directory for a dump of @host in the dump path of @target, whose
 * filesystem is mounted at @mounted. error->number is an errno. The caller
 * releases it with dump_directory_release().
 */
int dump_directory_make(struct dump_directory *directory,
			const struct plan_target *target, const char *host,
			const char *mounted, struct error *error);

void dump_directory_release(struct dump_directory *directory);

/* Return the size of the file @name. Return 0 if there is none. */
int64_t dump_directory_size_of(const struct dump_directory *directory,
			       const char *name);

/*
 * Write the file @name to the disk, and its name. If @new_name is not NULL,
 * rename the file to it in between. error->number is an errno.
 */
int dump_directory_sync(const struct dump_directory *directory,
			const char *name, const char *new_name,
			struct error *error);

#endif /* KDUMP_CRYPT_DUMP_DIRECTORY_H */
