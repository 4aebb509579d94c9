/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts that checks find out and share with the checks after them. */
#ifndef KDUMP_CRYPT_CHECK_FACTS_H
#define KDUMP_CRYPT_CHECK_FACTS_H

#include <stdbool.h>

#include "tool/arm/armed_state.h"
#include "tool/check/check.h"
#include "tool/host/config.h"
#include "tool/image/capture_image.h"
#include "tool/setup/recorded_options.h"
#include "tool/storage/targets.h"

#define CHECK_LOAD "run kdump-crypt load"

struct facts {
	const char *path_option, *config_option; /* NULL: not given */
	struct recorded_options recorded;	 /* what load would use */
	struct armed_state armed; /* empty: not loaded, or not by load */
	char *kernel;		  /* file of the crash kernel */

	struct config config;
	bool is_configured;	/* config is valid */
	struct targets targets; /* empty: not found */
	bool are_loaded; /* the loaded crash kernel is for these targets */
	struct capture_image *image;	/* NULL: not found */
	bool has_modules, has_programs; /* the image has all that it needs */
};

/*
 * Find out what is known before the first check. For the arguments see
 * checks_run(). The caller releases @facts with facts_release().
 */
void facts_init(struct facts *facts, const char *path, const char *config,
		struct text_list *warnings);
void facts_release(struct facts *facts);

/* Return true if load has loaded the crash kernel. */
bool facts_armed(const struct facts *facts);

/* Return true if the loaded crash kernel needs keys for the targets. */
bool facts_have_keys(const struct facts *facts);

/* Return the command that loads a crash kernel for the same options. */
const char *facts_how_to_load(const struct facts *facts);

/*
 * The checks. Each sets the result of @check, or leaves it as it is if an
 * earlier check failed and nothing can be said. The table in checks.c says what
 * each looks at.
 */

/* check_target.c */
void check_configuration(struct check *check, struct facts *facts);
void check_crash_kernel(struct check *check, struct facts *facts);
void check_other_tools(struct check *check, struct facts *facts);
void check_path(struct check *check, struct facts *facts);
void check_copies(struct check *check, struct facts *facts);
void check_filesystem(struct check *check, struct facts *facts);

/* check_raid.c */
void check_raid(struct check *check, struct facts *facts);

/* check_keys.c */
void check_key_items(struct check *check, struct facts *facts);
void check_saved_keys(struct check *check, struct facts *facts);
void check_volume_key(struct check *check, struct facts *facts);

/* check_image.c */
void check_modules(struct check *check, struct facts *facts);
void check_programs(struct check *check, struct facts *facts);
void check_collector(struct check *check, struct facts *facts);
void check_initramfs(struct check *check, struct facts *facts);
void check_memory(struct check *check, struct facts *facts);

/* check_machine.c */
void check_space(struct check *check, struct facts *facts);
void check_clock(struct check *check, struct facts *facts);
void check_console(struct check *check, struct facts *facts);

#endif /* KDUMP_CRYPT_CHECK_FACTS_H */
