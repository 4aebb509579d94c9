/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the capture environment has to do: made by the tool on the running
 * machine, carried in the capture initramfs as JSON, read by the capture
 * program after a crash. It holds no secret.
 */
#ifndef KDUMP_CRYPT_PLAN_H
#define KDUMP_CRYPT_PLAN_H

#include <stddef.h>

#include "config.h"

#define PLAN_FILE	"/plan.json"	/* in the capture initramfs */

struct plan {
	char *host;		/* name of the machine, for the dump's name */
	char *luks_uuid;	/* NULL: the filesystem is not encrypted */
	char *key_description;	/* of the restored user key; NULL likewise */
	char *filesystem_uuid;
	char *filesystem_type;
	char *dump_directory;	/* absolute, from that filesystem's root */
	char *path;		/* the same on the running machine */
	char *core_collector;
	enum action final_action;
	enum action failure_action;
	unsigned int device_timeout;	/* seconds to wait for the device */
	unsigned int keep;	/* complete dumps; 0: all */
	char **modules;		/* files in the initramfs, in loading order */
	size_t module_count;
};

/* Append @file to the plan's modules; it is copied. */
void plan_add_module(struct plan *plan, const char *file);

/*
 * The plan as JSON text, for the caller to free.
 */
char *plan_to_json(const struct plan *plan);

/*
 * Fill @plan from JSON text. Returns 0, or -1 where the text is not a complete
 * plan; @plan is then empty. The caller releases it with plan_release().
 */
int plan_from_json(struct plan *plan, const char *json);

void plan_release(struct plan *plan);

#endif /* KDUMP_CRYPT_PLAN_H */
