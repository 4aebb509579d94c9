/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump: a directory with a vmcore, complete or not, the kernel log and
 * info.json. Dumps of older versions lack info.json.
 */
#ifndef KDUMP_CRYPT_DUMP_H
#define KDUMP_CRYPT_DUMP_H

#include <stdbool.h>

#include "lib/dump_info.h"
#include "lib/error.h"

#define DUMP_VMCORE	       "vmcore"
#define DUMP_VMCORE_INCOMPLETE "vmcore-incomplete"
#define DUMP_KERNEL_LOG	       "vmcore-dmesg.txt"

struct dump {
	char *path;	       /* the dump path that contains it */
	char *name;	       /* of its directory there */
	bool has_info;	       /* it has a valid info.json */
	bool unreadable;       /* only its name is known, from which @info is */
	struct dump_info info; /* without info.json, what the files show */
};

/*
 * Open the directory of a dump. Return its file descriptor, or -1.
 * error->number is an errno. Fail if it is not a directory, or if it is a
 * symbolic link. Fail with EPERM if anyone but root and the caller could have
 * made or changed what is in it: everything that reads or removes dumps opens
 * them here.
 */
int dump_open_directory(int parent, const char *name, struct error *error);

/*
 * Open the file @name of @dump for reading. Return its file descriptor, or -1.
 * error->number is an errno. Follow no symbolic link below the dump path.
 */
int dump_open_file(const struct dump *dump, const char *name,
		   struct error *error);

/*
 * Read the dump @name in the directory @parent. Return 1, or 0 if it is not a
 * dump. Return -1 with EACCES if it cannot be read and may not be a dump, and
 * with EPERM if it has a dump's name and dump_open_directory() refuses it. If
 * the result is 1, the caller releases @dump with dump_release(), and sets its
 * path.
 */
int dump_read(struct dump *dump, int parent, const char *name,
	      struct error *error);

/*
 * Return true if @name is that of a dump, and set @when to the time in it: the
 * crash kernel's, when the dump began.
 */
bool dump_name_time(const char *name, int64_t *when);

void dump_release(struct dump *dump);

/* Return true if @dump is complete, and info.json says that it is of @host. */
bool dump_is_complete_of(const struct dump *dump, const char *host);

#endif /* KDUMP_CRYPT_DUMP_H */
