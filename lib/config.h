/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/kdump-crypt.conf: one directive a line, a name and its value, as in
 * kdump.conf(5) of kdump-utils, whose names and meanings are used here.
 */
#ifndef KDUMP_CRYPT_CONFIG_H
#define KDUMP_CRYPT_CONFIG_H

#include <stdbool.h>

#include "lib/text_list.h"

#define CONFIG_DEFAULT_FILE	      "/etc/kdump-crypt.conf"
#define CONFIG_DEFAULT_PATH	      "/var/crash"
#define CONFIG_DEFAULT_CORE_COLLECTOR "makedumpfile -l -d 31"

/* What ends a capture. */
enum action {
	ACTION_REBOOT,
	ACTION_POWEROFF,
	ACTION_HALT,
	ACTION_SHELL, /* on the console; only for failure_action */
};

#define CONFIG_DIRECTIVE_COUNT 11

struct config_origin {
	char *file; /* NULL: the default */
	unsigned int line;
};

struct config {
	char *path;		    /* absolute; where dumps go */
	char *core_collector;	    /* makedumpfile and its options */
	enum action final_action;   /* after a dump that was saved */
	enum action failure_action; /* after one that was not */
	unsigned int keep;	    /* complete dumps; 0: all */
	bool hide_keys;		    /* keep volume keys out of the vmcore */
	struct text_list fallback_paths; /* after path, in this order */
	char *kdump_pre;		 /* programs to run; NULL: none */
	char *kdump_post;
	struct text_list extra_bins; /* files that those need */
	struct text_list extra_modules;
	struct config_origin origins[CONFIG_DIRECTIVE_COUNT];
};

/* Everything at its default. The caller releases it with config_release(). */
void config_init(struct config *config);
void config_release(struct config *config);

/*
 * Read @file into @config, over what is there.
 * Returns 0, or a message that names file and line, for the caller to free.
 */
char *config_read(struct config *config, const char *file);

/*
 * Call @visit for each directive with its value as the file would have it, NULL
 * where it has none, and where that comes from, such as "/etc/kdump-crypt.conf:3" or "default".
 */
void config_for_each(const struct config *config,
		     void (*visit)(const char *name, const char *value,
				   const char *origin, void *context),
		     void *context);

const char *action_name(enum action action);

/* Returns 0, or -1 where @name is none of the actions. */
int action_from_name(const char *name, enum action *action);

#endif /* KDUMP_CRYPT_CONFIG_H */
