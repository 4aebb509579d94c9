/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/kdump-crypt.conf. Each line is a directive: a name and its value. The
 * names and their meanings are those of kdump.conf(5) from kdump-utils.
 */
#ifndef KDUMP_CRYPT_CONFIG_H
#define KDUMP_CRYPT_CONFIG_H

#include <stdbool.h>

#include "lib/action.h"
#include "lib/text_list.h"

#define CONFIG_DEFAULT_FILE		SYSCONFDIR "/kdump-crypt.conf"
#define CONFIG_DEFAULT_PATH		"/var/crash"
#define CONFIG_DEFAULT_CORE_COLLECTOR	"makedumpfile -l -d 31"
#define CONFIG_DEFAULT_DISK_TIMEOUT	180 /* as that of kdump.conf(5) */
#define CONFIG_DEFAULT_DEGRADED_TIMEOUT 20
#define CONFIG_DEFAULT_KEEP_FREE	5
#define CONFIG_DEFAULT_CPUS		1

#define CONFIG_DIRECTIVE_COUNT 17

struct config_origin {
	char *file;	   /* NULL: the default */
	unsigned int line; /* 0: @file is no file */
};

struct config {
	char *path;		    /* absolute; where dumps go */
	char *core_collector;	    /* makedumpfile and its options */
	enum action final_action;   /* after a dump that was saved */
	enum action failure_action; /* after one that was not */
	unsigned int keep;	    /* complete dumps; 0: all */
	bool make_room;		    /* remove dumps if a new one may not fit */
	unsigned int keep_free;	    /* percent of a filesystem that stay free */
	bool hide_keys;		    /* keep volume keys out of the vmcore */
	unsigned int cpus;	    /* that the crash kernel uses */
	bool module_signatures;	    /* keep them in the capture initramfs */
	unsigned int disk_timeout;  /* seconds to wait for the disks */
	unsigned int degraded_timeout;	 /* seconds; then arrays lack disks */
	bool start_dirty_degraded;	 /* RAID: md's parameter of that name */
	struct text_list fallback_paths; /* after path, in this order */
	char *kdump_pre;		 /* programs to run; NULL: none */
	char *kdump_post;
	struct text_list extra_bins; /* files that those need */
	struct text_list extra_modules;
	struct config_origin origins[CONFIG_DIRECTIVE_COUNT];
};

/* Set all defaults. The caller releases @config with config_release(). */
void config_init(struct config *config);
void config_release(struct config *config);

#endif /* KDUMP_CRYPT_CONFIG_H */
