// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/host/config_directives.h"
#include "tool/host/core_collector.h"

#define BLANKS	    " \t\r\n"
#define KEEP_ALL    "all"
#define KEEP_AUTO   "auto"
#define MAX_PERCENT 50
#define MAX_KEEP    1000000
#define MAX_SECONDS 3600
#define MAX_CPUS    64

static void replace(char **field, const char *value)
{
	free(*field);
	*field = xstrdup(value);
}

/* Each of these returns what is wrong with the value, or NULL. */

static const char *set_path(struct config *config, const char *value)
{
	if (value[0] != '/')
		return "must be an absolute path";
	replace(&config->path, value);
	return NULL;
}

static const char *set_core_collector(struct config *config, const char *value)
{
	const char *problem = core_collector_problem(value);

	if (!problem)
		replace(&config->core_collector, value);
	return problem;
}

static const char *set_final_action(struct config *config, const char *value)
{
	enum action action;

	/* A shell helps only after a failure. */
	if (action_from_name(value, &action) || action == ACTION_SHELL)
		return "must be reboot, poweroff or halt";
	config->final_action = action;
	return NULL;
}

static const char *set_failure_action(struct config *config, const char *value)
{
	return action_from_name(value, &config->failure_action) ?
		       "must be reboot, poweroff, halt or shell" :
		       NULL;
}

/* The capture initramfs has each file of a hook under its own path. */
static const char *set_program(char **program, const char *value)
{
	if (value[0] != '/' || strpbrk(value, BLANKS))
		return "must be the absolute path of a program, without arguments";
	replace(program, value);
	return NULL;
}

static const char *set_kdump_pre(struct config *config, const char *value)
{
	return set_program(&config->kdump_pre, value);
}

static const char *set_kdump_post(struct config *config, const char *value)
{
	return set_program(&config->kdump_post, value);
}

/* Add the words of @value. */
static void add_words(struct text_list *list, const char *value)
{
	char *words = xstrdup(value), *state, *word;

	for (word = strtok_r(words, BLANKS, &state); word;
	     word = strtok_r(NULL, BLANKS, &state))
		text_list_add_once(list, word);
	free(words);
}

static const char *add_paths(struct text_list *list, const char *value)
{
	struct text_list paths = {};
	const char *problem = NULL;
	size_t i;

	add_words(&paths, value);
	for (i = 0; i < paths.count; i++)
		if (paths.items[i][0] != '/')
			problem = "must be absolute paths";
	text_list_release(&paths);
	if (!problem)
		add_words(list, value);
	return problem;
}

static const char *set_fallback_path(struct config *config, const char *value)
{
	return add_paths(&config->fallback_paths, value);
}

static const char *set_extra_bins(struct config *config, const char *value)
{
	return add_paths(&config->extra_bins, value);
}

static const char *set_extra_modules(struct config *config, const char *value)
{
	add_words(&config->extra_modules, value);
	return NULL;
}

/* Read a number from 1 to @max. Return 0 or -1. */
static int read_number(unsigned int *number, const char *value,
		       unsigned int max)
{
	unsigned long read;
	char *end;

	read = strtoul(value, &end, 10);
	if (value[0] < '1' || value[0] > '9' || *end || read > max)
		return -1;
	*number = read;
	return 0;
}

static const char *set_keep(struct config *config, const char *value)
{
	if (!strcmp(value, KEEP_ALL) || !strcmp(value, KEEP_AUTO))
		config->keep = 0;
	else if (read_number(&config->keep, value, MAX_KEEP))
		return "must be a number of dumps, 1 or more, or " KEEP_AUTO
		       " or " KEEP_ALL;
	config->make_room = strcmp(value, KEEP_ALL);
	return NULL;
}

static const char *set_keep_free(struct config *config, const char *value)
{
	if (!strcmp(value, "0")) {
		config->keep_free = 0;
		return NULL;
	}
	return read_number(&config->keep_free, value, MAX_PERCENT) ?
		       "must be a percentage from 0 to 50" :
		       NULL;
}

static const char *set_seconds(unsigned int *seconds, const char *value)
{
	return read_number(seconds, value, MAX_SECONDS) ?
		       "must be a number of seconds from 1 to 3600" :
		       NULL;
}

static const char *set_disk_timeout(struct config *config, const char *value)
{
	return set_seconds(&config->disk_timeout, value);
}

static const char *set_degraded_timeout(struct config *config,
					const char *value)
{
	return set_seconds(&config->degraded_timeout, value);
}

static const char *set_switch(bool *is_on, const char *value)
{
	if (strcmp(value, "yes") && strcmp(value, "no"))
		return "must be yes or no";
	*is_on = !strcmp(value, "yes");
	return NULL;
}

static const char *set_hide_keys(struct config *config, const char *value)
{
	return set_switch(&config->hide_keys, value);
}

static const char *set_cpus(struct config *config, const char *value)
{
	return read_number(&config->cpus, value, MAX_CPUS) ?
		       "must be a number of processors from 1 to 64" :
		       NULL;
}

static const char *set_module_signatures(struct config *config,
					 const char *value)
{
	return set_switch(&config->module_signatures, value);
}

static const char *set_start_dirty_degraded(struct config *config,
					    const char *value)
{
	return set_switch(&config->start_dirty_degraded, value);
}

/* Each of these returns the value, or NULL. The caller frees it. */

static char *get_path(const struct config *config)
{
	return xstrdup(config->path);
}

static char *get_core_collector(const struct config *config)
{
	return xstrdup(config->core_collector);
}

static char *get_final_action(const struct config *config)
{
	return xstrdup(action_name(config->final_action));
}

static char *get_failure_action(const struct config *config)
{
	return xstrdup(action_name(config->failure_action));
}

static char *get_keep(const struct config *config)
{
	if (config->keep)
		return xasprintf("%u", config->keep);
	return xstrdup(config->make_room ? KEEP_AUTO : KEEP_ALL);
}

static char *get_keep_free(const struct config *config)
{
	return xasprintf("%u", config->keep_free);
}

static char *get_hide_keys(const struct config *config)
{
	return xstrdup(config->hide_keys ? "yes" : "no");
}

static char *get_cpus(const struct config *config)
{
	return xasprintf("%u", config->cpus);
}

static char *get_module_signatures(const struct config *config)
{
	return xstrdup(config->module_signatures ? "yes" : "no");
}

static char *get_start_dirty_degraded(const struct config *config)
{
	return xstrdup(config->start_dirty_degraded ? "yes" : "no");
}

static char *get_disk_timeout(const struct config *config)
{
	return xasprintf("%u", config->disk_timeout);
}

static char *get_degraded_timeout(const struct config *config)
{
	return xasprintf("%u", config->degraded_timeout);
}

static char *get_kdump_pre(const struct config *config)
{
	return xstrdup_or_null(config->kdump_pre);
}

static char *get_kdump_post(const struct config *config)
{
	return xstrdup_or_null(config->kdump_post);
}

static char *get_fallback_path(const struct config *config)
{
	return text_list_join(&config->fallback_paths, " ");
}

static char *get_extra_bins(const struct config *config)
{
	return text_list_join(&config->extra_bins, " ");
}

static char *get_extra_modules(const struct config *config)
{
	return text_list_join(&config->extra_modules, " ");
}

static const struct directive {
	const char *name;
	const char *(*set)(struct config *config, const char *value);
	char *(*get)(const struct config *config);
} directives[] = {
	{ "path", set_path, get_path },
	{ "fallback_path", set_fallback_path, get_fallback_path },
	{ "core_collector", set_core_collector, get_core_collector },
	{ "final_action", set_final_action, get_final_action },
	{ "failure_action", set_failure_action, get_failure_action },
	{ "keep", set_keep, get_keep },
	{ "keep_free", set_keep_free, get_keep_free },
	{ "hide_keys", set_hide_keys, get_hide_keys },
	{ "cpus", set_cpus, get_cpus },
	{ "module_signatures", set_module_signatures, get_module_signatures },
	{ "disk_timeout", set_disk_timeout, get_disk_timeout },
	{ "degraded_timeout", set_degraded_timeout, get_degraded_timeout },
	{ "start_dirty_degraded", set_start_dirty_degraded,
	  get_start_dirty_degraded },
	{ "kdump_pre", set_kdump_pre, get_kdump_pre },
	{ "kdump_post", set_kdump_post, get_kdump_post },
	{ "extra_bins", set_extra_bins, get_extra_bins },
	{ "extra_modules", set_extra_modules, get_extra_modules },
};

static_assert(sizeof(directives) / sizeof(directives[0]) ==
		      CONFIG_DIRECTIVE_COUNT,
	      "an origin for each directive");

#define LOCAL	   "dumps go to the local directory that path names"
#define NO_NETWORK "is ignored, because the crash kernel has no network: " LOCAL
#define ELSEWHERE  "is ignored: " LOCAL
#define NO_CLUSTER "is ignored: no cluster node is notified"
#define NO_EFFECT  "has no effect here"
#define USE_APPEND "is ignored: use kdump-crypt load --append"

/*
 * Directives of kdump.conf(5), also of its older versions, that kdump-crypt
 * does not have.
 */
static const struct {
	const char *name;
	const char *value; /* NULL: any */
	const char *why;
} foreign[] = {
	/* where dumps go */
	{ "nfs", NULL, NO_NETWORK },
	{ "ssh", NULL, NO_NETWORK },
	{ "sshkey", NULL, NO_NETWORK },
	{ "net", NULL, NO_NETWORK },
	{ "core_collector", "scp", NO_NETWORK },
	{ "raw", NULL, ELSEWHERE },
	{ "ext2", NULL, ELSEWHERE },
	{ "ext3", NULL, ELSEWHERE },
	{ "ext4", NULL, ELSEWHERE },
	{ "xfs", NULL, ELSEWHERE },
	{ "btrfs", NULL, ELSEWHERE },
	{ "minix", NULL, ELSEWHERE },
	{ "virtiofs", NULL, ELSEWHERE },
	/* It may contain --mount. */
	{ "dracut_args", NULL,
	  "is ignored, because dracut does not build the capture initramfs: " LOCAL },
	/* what happens after a crash */
	{ "failure_action", "dump_to_rootfs", "is ignored: use fallback_path" },
	{ "default", NULL, "is ignored: use failure_action" },
	{ "fence_kdump_args", NULL, NO_CLUSTER },
	{ "fence_kdump_nodes", NULL, NO_CLUSTER },
	{ "options", NULL, USE_APPEND },
	{ "blacklist", NULL, USE_APPEND },
	{ "link_delay", NULL, NO_EFFECT },
	{ "debug_mem_level", NULL, NO_EFFECT },
	/* what the service does before one */
	{ "auto_reset_crashkernel", NULL,
	  NO_EFFECT ": run kdump-crypt setup to change the reservation" },
	{ "force_rebuild", NULL, NO_EFFECT },
	{ "force_no_rebuild", NULL, NO_EFFECT },
	{ "override_resettable", NULL, NO_EFFECT },
};

char *config_foreign(const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (strcmp(name, foreign[i].name))
			continue;
		if (!foreign[i].value)
			return xasprintf("%s %s", name, foreign[i].why);
		if (!strcmp(value, foreign[i].value))
			return xasprintf("%s %s %s", name, value,
					 foreign[i].why);
	}
	return NULL;
}

static const struct directive *find_directive(const char *name)
{
	size_t i;

	for (i = 0; i < CONFIG_DIRECTIVE_COUNT; i++)
		if (!strcmp(name, directives[i].name))
			return &directives[i];
	return NULL;
}

const char *config_set(struct config *config, const char *name,
		       const char *value, const char *file, unsigned int line)
{
	const struct directive *directive = find_directive(name);
	struct config_origin *origin;
	const char *problem;

	if (!directive)
		return "is not a known directive";
	problem = *value ? directive->set(config, value) : "has no value";
	if (problem)
		return problem;
	origin = &config->origins[directive - directives];
	replace(&origin->file, file);
	origin->line = line;
	return NULL;
}

void config_for_each(const struct config *config,
		     void (*visit)(const char *name, const char *value,
				   const char *origin, void *context),
		     void *context)
{
	size_t i;

	for (i = 0; i < CONFIG_DIRECTIVE_COUNT; i++) {
		const struct config_origin *from = &config->origins[i];
		char *value = directives[i].get(config);
		char *origin = from->line ? xasprintf("%s:%u", from->file,
						      from->line) :
					    xstrdup(from->file ?: "default");

		visit(directives[i].name, value, origin, context);
		free(origin);
		free(value);
	}
}
