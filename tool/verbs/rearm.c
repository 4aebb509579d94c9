// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/prefix.h"
#include "lib/xalloc.h"
#include "tool/arm/armed_target.h"
#include "tool/arm/rearm_record.h"
#include "tool/check/machine_status.h"
#include "tool/host/interruption.h"
#include "tool/keys/open_volumes.h"
#include "tool/verbs/armed_text.h"
#include "tool/verbs/print.h"
#include "tool/verbs/rearm.h"

/* A full disk has space again, for example. */
#define RETRY_SECONDS 3600

static bool is_kept(const struct arming *arming, const char *luks_uuid)
{
	const struct targets *targets = &arming->targets;
	size_t i;

	for (i = 0; i < targets->volume_count; i++)
		if (!strcmp(targets->volumes[i]->luks_uuid, luks_uuid))
			return true;
	return text_list_has(&arming->secrets.luks_uuids, luks_uuid);
}

static bool was_encrypted(const struct armed_target *armed)
{
	size_t i;

	for (i = 0; i < armed->below.count; i++)
		if (starts_with(armed->below.items[i], "luks "))
			return true;
	return false;
}

/* Return the path that would get dumps that are not encrypted any more. */
static const char *find_exposed(const struct arming *arming,
				const struct armed_state *state)
{
	size_t i, j;

	for (i = 0; i < state->target_count; i++) {
		const struct armed_target *armed = &state->targets[i];
		const char *path = armed->given_path ?: armed->path;

		for (j = 0; j < arming->targets.count; j++) {
			const struct target *now = &arming->targets.list[j];

			if (was_encrypted(armed) && !now->stack.volume_count &&
			    !strcmp(now->given_path, path))
				return path;
		}
	}
	return NULL;
}

struct search {
	const struct arming *arming;
	const struct text_list *hidden;
	char *exposed;
};

static void visit(const struct open_volume *volume, void *context)
{
	struct search *search = context;

	if (!search->exposed &&
	    text_list_has(search->hidden, volume->luks_uuid) &&
	    !is_kept(search->arming, volume->luks_uuid))
		search->exposed = xstrdup(volume->luks_uuid);
}

/* A volume that is suspended has no key now, and has one again later. */
static int check_hidden(const struct arming *arming,
			const struct armed_state *state, struct error *error)
{
	struct search search = { .arming = arming,
				 .hidden = &state->hidden_luks_uuids };
	int ret = 0;

	open_volumes_for_each("/sys", visit, &search);
	if (search.exposed)
		ret = error_set(
			error, EPERM,
			"dumps would not hide the key of the LUKS volume %s any more: resume or close it, then run kdump-crypt load",
			search.exposed);
	free(search.exposed);
	return ret;
}

/* A person may want that. */
static int check_losses(const struct arming *arming,
			const struct armed_state *state, bool is_still_armed,
			struct error *error)
{
	const struct text_list *volumes = &state->luks_uuids;
	const char *exposed = find_exposed(arming, state);
	size_t i;

	if (exposed)
		return error_set(
			error, EPERM,
			"dumps would not be encrypted any more: mount the encrypted volume at %s again, or run kdump-crypt load",
			exposed);
	/* The loaded crash kernel may still find it. */
	if (is_still_armed && arming->targets.count < state->target_count &&
	    arming->targets.count <= arming->config.fallback_paths.count)
		return error_set(
			error, EPERM,
			"the crash kernel would lose a fallback path, which cannot take a dump now: run kdump-crypt check");
	for (i = 0; i < volumes->count; i++)
		if (!is_kept(arming, volumes->items[i]))
			return error_set(
				error, EPERM,
				"the crash kernel would lose the key of the LUKS volume %s, which is not open now: open and mount it again, or run kdump-crypt load",
				volumes->items[i]);
	return check_hidden(arming, state, error);
}

static int load(const struct arm_options *options,
		const struct armed_state *state, bool is_still_armed,
		struct messages *messages, struct armed_state *armed,
		struct error *error)
{
	struct arming arming;
	int ret = arm_prepare(&arming, options, messages, error);

	if (!ret)
		ret = check_losses(&arming, state, is_still_armed, error);
	if (!ret)
		ret = arm(&arming, armed, messages, error);
	arm_release(&arming);
	return ret;
}

static void show_nothing(const char *line)
{
	(void)line;
}

/* The problem ends with what a person would do. */
static void print_rearmed(const struct armed_state *armed, const char *problem)
{
	const char *remedy = strstr(problem, ": run kdump-crypt");
	size_t length = remedy ? (size_t)(remedy - problem) : strlen(problem);

	printf("Loaded the crash kernel again, as %.*s.\n", (int)length,
	       problem);
	armed_text_armed(armed);
}

/* Return 0, or -1 if the reason is not that of the last time. */
static int rearm(const struct arm_options *options,
		 const struct armed_state *state, struct rearm_record *now,
		 const struct rearm_record *last)
{
	struct messages messages = { .progress = show_nothing };
	struct armed_state armed;
	struct error error;
	int ret;

	if (!load(options, state, now->is_still_armed, &messages, &armed,
		  &error)) {
		print_rearmed(&armed, now->problem);
		print_warnings(&messages.warnings);
		armed_state_release(&armed);
		return 0;
	}
	now->reason = xstrdup(error.reason);
	ret = last->reason && !strcmp(last->reason, error.reason) ? 0 : -1;
	if (ret) {
		print_warnings(&messages.warnings);
		warnx("%s%s; the service cannot arm again by itself: %s",
		      now->is_still_armed ? "" : "a crash may leave no dump: ",
		      now->problem, error.reason);
	}
	text_list_release(&messages.warnings);
	return ret;
}

static bool is_seen(const struct rearm_record *last, const char *seen)
{
	return last->seen && !strcmp(last->seen, seen) &&
	       (!last->reason || time(NULL) < last->time + RETRY_SECONDS);
}

/* Takes over @seen. */
static int look(const struct arm_options *options,
		const struct armed_state *state, char *seen,
		const struct rearm_record *last)
{
	struct rearm_record now = { .seen = seen, .time = time(NULL) };
	struct machine_status status;
	struct error error;
	int ret = 0;

	machine_status_read(&status);
	if (status.change) {
		now.problem = xstrdup(status.change);
		now.is_still_armed = status.is_still_armed;
		ret = rearm(options, state, &now, last);
	}
	/* A later load has a record of its own. */
	if (rearm_record_write(&now, state, &error))
		print_error(&error);
	interruption_release();
	machine_status_release(&status);
	rearm_record_release(&now);
	return ret;
}

int rearm_if_changed(const struct arm_options *options,
		     const struct armed_state *state)
{
	char *seen = armed_target_fingerprint(state);
	struct rearm_record last;
	int ret = 0;

	if (!seen)
		return 0;
	rearm_record_read(&last, state);
	if (is_seen(&last, seen))
		free(seen);
	else
		ret = look(options, state, seen, &last);
	rearm_record_release(&last);
	return ret;
}
