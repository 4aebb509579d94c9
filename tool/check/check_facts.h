/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks have in common; for tool/check_*.c and tool/checks.c. */
#ifndef KDUMP_CRYPT_CHECK_FACTS_H
#define KDUMP_CRYPT_CHECK_FACTS_H

#include <stdbool.h>

#include "lib/config.h"
#include "tool/arm/armed_state.h"
#include "tool/check/checks.h"
#include "tool/image/capture_image.h"
#include "tool/storage/target.h"

#define CHECK_LOAD "type kdump-crypt load"

/* What is found out on the way, for the checks that follow. */
struct facts {
	const char *path_option, *config_option;
	struct config config;
	bool is_configured;	     /* it is valid */
	struct armed_state armed;    /* empty: not loaded, or not by load */
	struct targets targets;	     /* none: not found */
	bool are_loaded;	     /* the crash kernel is for these */
	char *kernel, *version;	     /* NULL: not known */
	struct capture_image *image; /* NULL: not found */
	bool has_modules, has_programs;
};

static inline bool facts_armed(const struct facts *facts)
{
	return facts->armed.path;
}

/* Whether the crash kernel that is loaded has keys for the volumes. */
static inline bool facts_have_keys(const struct facts *facts)
{
	return facts->are_loaded && facts->targets.volume_count;
}

/* What to type to have loaded what is meant now. */
const char *facts_how_to_load(const struct facts *facts);

void check_conclude(struct check *check, enum check_result result,
		    const char *remedy, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#define check_pass(check, ...) \
	check_conclude(check, CHECK_PASS, NULL, __VA_ARGS__)
#define check_warn(check, ...) check_conclude(check, CHECK_WARN, __VA_ARGS__)
#define check_fail(check, ...) check_conclude(check, CHECK_FAIL, __VA_ARGS__)

/* For what was printed since warnings_keep(). */
void check_fail_for_warnings(struct check *check, const char *remedy);

/* The checks. Each leaves @check as it is where nothing can be said. */

/* check_target.c */
void check_configuration(struct check *check, struct facts *facts);
void check_crash_kernel(struct check *check, struct facts *facts);
void check_other_tools(struct check *check, struct facts *facts);
void check_path(struct check *check, struct facts *facts);

/* check_keys.c */
void check_key_items(struct check *check, struct facts *facts);
void check_saved_keys(struct check *check, struct facts *facts);
void check_volume_key(struct check *check, struct facts *facts);

/* check_image.c */
void check_modules(struct check *check, struct facts *facts);
void check_programs(struct check *check, struct facts *facts);
void check_initramfs(struct check *check, struct facts *facts);
void check_memory(struct check *check, struct facts *facts);

/* check_machine.c */
void check_space(struct check *check, struct facts *facts);
void check_clock(struct check *check, struct facts *facts);
void check_console(struct check *check, struct facts *facts);

#endif /* KDUMP_CRYPT_CHECK_FACTS_H */
