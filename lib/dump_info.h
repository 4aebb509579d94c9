/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The facts about a dump. The capture program writes them beside the dump, as
 * info.json, and the tool reads them.
 */
#ifndef KDUMP_CRYPT_DUMP_INFO_H
#define KDUMP_CRYPT_DUMP_INFO_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/error.h"

#define DUMP_INFO_FILE	     "info.json"
#define DUMP_INFO_UNFINISHED "info.json.part"
#define DUMP_INFO_FORMAT     1
#define DUMP_UNFILTERED	     "copy" /* the collector of a copy of all memory */

struct dump_step {
	char *name;
	double seconds;
};

/* Does the vmcore contain the keys of the volumes that were open? */
enum dump_keys {
	DUMP_KEYS_UNKNOWN, /* or no volume was open */
	DUMP_KEYS_HIDDEN,  /* no: their pages are zeros */
	DUMP_KEYS_EXPOSED, /* yes */
};

struct dump_info {
	char *host;
	char *version;	      /* of kdump-crypt */
	char *kernel;	      /* that crashed; NULL: not known */
	char *panic;	      /* its panic message; NULL: not known */
	char *collector;      /* that wrote the vmcore; NULL: none yet */
	int64_t time;	      /* of the crash, seconds since 1970 in UTC */
	int64_t memory_bytes; /* the size of /proc/vmcore */
	int64_t kernel_log_bytes;
	int64_t vmcore_bytes;
	enum dump_keys keys;
	/* Pages that are zeros in the vmcore. 0 if keys is DUMP_KEYS_UNKNOWN. */
	int64_t hidden_pages;	  /* with keys */
	int64_t unreadable_pages; /* that could not be searched for keys */
	bool complete;
	char *reason; /* why the dump is not complete; NULL: it is */
	struct dump_step *steps;
	size_t step_count;
};

/* Return true if the vmcore has the memory of all programs. */
bool dump_info_is_unfiltered(const struct dump_info *info);

void dump_info_add_step(struct dump_info *info, const char *name,
			double seconds);

/* Return the duration of all steps together. */
double dump_info_seconds(const struct dump_info *info);

/*
 * Return @info in the format of the file. The caller releases it with
 * json_object_put().
 */
json_object *dump_info_to_json(const struct dump_info *info);

/*
 * Fill @info from JSON text. On failure @info is empty. error->number is
 * EINVAL: the text is not the information about a dump, or it has another
 * format. The caller releases @info with dump_info_release().
 */
int dump_info_from_json(struct dump_info *info, const char *json,
			struct error *error);

void dump_info_release(struct dump_info *info);

/*
 * Write DUMP_INFO_FILE in @directory, or replace it. After a power failure it
 * is the old file or the new one. error->number is an errno.
 */
int dump_info_write(const struct dump_info *info, const char *directory,
		    struct error *error);

/*
 * Return the kernel's panic message from the saved kernel log @log. Each
 * character that is not printable ASCII is replaced by "?". Return NULL if the
 * log contains no panic. The caller frees the message.
 */
char *dump_info_find_panic(FILE *log);

#endif /* KDUMP_CRYPT_DUMP_INFO_H */
