/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a dump: written beside it, as info.json, by the capture
 * program, and read by the tool.
 */
#ifndef KDUMP_CRYPT_DUMP_INFO_H
#define KDUMP_CRYPT_DUMP_INFO_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define DUMP_INFO_FILE	     "info.json"
#define DUMP_INFO_UNFINISHED "info.json.part"
#define DUMP_INFO_FORMAT     1

struct dump_step {
	char *name;
	double seconds;
};

/* Whether the vmcore has the keys of the volumes that were open. */
enum dump_keys {
	DUMP_KEYS_UNKNOWN, /* or there were none */
	DUMP_KEYS_HIDDEN,  /* those pages are zeros */
	DUMP_KEYS_EXPOSED,
};

struct dump_info {
	char *host;
	char *version;	      /* of kdump-crypt */
	char *kernel;	      /* that crashed; NULL: not known */
	char *panic;	      /* its last words; NULL: not known */
	char *collector;      /* what made the vmcore; NULL: nothing yet */
	int64_t time;	      /* of the crash, seconds since 1970 in UTC */
	int64_t memory_bytes; /* of the machine, as /proc/vmcore has it */
	int64_t kernel_log_bytes;
	int64_t vmcore_bytes;
	enum dump_keys keys;
	int64_t hidden_pages; /* of the vmcore, where that is known */
	bool complete;
	char *reason; /* why it is not; NULL where it is */
	struct dump_step *steps;
	size_t step_count;
};

void dump_info_add_step(struct dump_info *info, const char *name,
			double seconds);

/* All steps together. */
double dump_info_seconds(const struct dump_info *info);

/* As the file has it; the caller releases it with json_object_put(). */
json_object *dump_info_to_json(const struct dump_info *info);

/*
 * Fill @info from JSON text. Returns 0, or -1 where that is not the information
 * about a dump, or is in another format; @info is then empty. The caller
 * releases it with dump_info_release().
 */
int dump_info_from_json(struct dump_info *info, const char *json);

void dump_info_release(struct dump_info *info);

/*
 * Write DUMP_INFO_FILE in @directory, in place of one that is there: after a
 * power failure it is the old one or the new one. Returns 0, or -1 with errno
 * set.
 */
int dump_info_write(const struct dump_info *info, const char *directory);

/*
 * What the kernel said as it panicked, for the caller to free, from the saved
 * kernel log that @log reads; without what a terminal could take for more than
 * text. NULL where that is not in there.
 */
char *dump_info_find_panic(FILE *log);

#endif /* KDUMP_CRYPT_DUMP_INFO_H */
