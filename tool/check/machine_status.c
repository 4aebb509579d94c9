// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/xalloc.h"
#include "tool/arm/armed_target.h"
#include "tool/arm/loaded_keys.h"
#include "tool/arm/rearm_record.h"
#include "tool/check/machine_status.h"
#include "tool/check/next_kernel.h"
#include "tool/check/reservation.h"
#include "tool/host/config_file.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/keys/key_check.h"
#include "tool/keys/key_items.h"
#include "tool/setup/kernel_parameter.h"
#include "tool/storage/dirty_arrays.h"

#define NOT_RESERVED "no memory is reserved for a crash kernel: "

static const char *find_problem(const struct machine_status *status)
{
	const char *remedy = reservation_remedy(status->reserved, 0,
						kernel_parameter_file());
	long long loads = crash_kernel_loads();

	if (remedy)
		return !strcmp(remedy, RESERVE_BY_REBOOT) ?
			       NOT_RESERVED RESERVE_BY_REBOOT :
			       NOT_RESERVED RESERVE_BY_SETUP;
	if (!crash_kernel_is_loaded())
		return "no crash kernel is loaded: run kdump-crypt load";
	if (!status->state.path)
		return "a crash kernel is loaded, but kdump-crypt did not load it: run kdump-crypt load";
	if (status->state.loads >= 0 && loads >= 0 &&
	    status->state.loads != loads)
		return "another program has loaded its crash kernel in place of the one of kdump-crypt: run kdump-crypt load";
	return NULL;
}

/* Arming again helps against the first one. Takes over @text. */
static void add_change(struct machine_status *status, char *text,
		       bool is_still_armed)
{
	if (status->change) {
		text_list_add(&status->warnings, text);
		free(text);
		return;
	}
	status->change = text;
	status->is_still_armed = is_still_armed;
}

/*
 * Look for what is different below a path now. A dump may still go to the dump
 * path if that is so below a fallback path.
 */
static void look_below_path(struct machine_status *status, size_t index)
{
	enum armed_target_state state;
	char *text;

	state = armed_target_compare(&status->state, index, &text);
	if (state == ARMED_TARGET_CHANGED) {
		add_change(status, text, index);
		return;
	}
	if (text)
		text_list_add(&status->warnings, text);
	free(text);
}

static void look_for_exposed(struct machine_status *status)
{
	char *exposed = loaded_keys_exposed(&status->state);

	if (exposed)
		add_change(status,
			   xasprintf("%s: run kdump-crypt load", exposed),
			   true);
	free(exposed);
}

static char *describe_change(const struct machine_status *status,
			     const struct rearm_record *record)
{
	if (!record->reason || strcmp(status->change, record->problem))
		return xstrdup(status->change);
	return xasprintf("%s; the service cannot arm again by itself: %s",
			 status->change, record->reason);
}

/* Only root may read the devices. For others, what root has seen counts. */
static void look_below(struct machine_status *status)
{
	struct rearm_record record;
	char *text;
	size_t i;

	for (i = 0; i < status->state.target_count; i++)
		look_below_path(status, i);
	look_for_exposed(status);
	rearm_record_read(&record, &status->state);
	if (!status->change && geteuid()) {
		status->change = xstrdup_or_null(record.problem);
		status->is_still_armed = record.is_still_armed;
	}
	text = status->change ? describe_change(status, &record) : NULL;
	if (text && status->is_still_armed) {
		text_list_add(&status->warnings, text);
		free(text);
	} else {
		status->problem = text;
	}
	rearm_record_release(&record);
}

static void add_shortage(struct machine_status *status)
{
	char *shortage = reservation_shortage(status->reserved,
					      status->state.needed,
					      kernel_parameter_file());

	if (shortage)
		text_list_add(&status->warnings, shortage);
	free(shortage);
}

/* Until the configuration says that they are to be started. */
static void add_dirty_arrays(struct machine_status *status)
{
	struct text_list layers = {};
	struct config config;
	char *problem;

	armed_state_layers(&layers, &status->state);
	problem = dirty_arrays_problem(&layers, "/sys");
	text_list_release(&layers);
	if (!problem)
		return;
	config_init(&config);
	config_file_read(&config, status->state.config_option, NULL, NULL);
	if (!config.start_dirty_degraded)
		text_list_add(&status->warnings, problem);
	config_release(&config);
	free(problem);
}

static void add_next_kernel(struct machine_status *status)
{
	char *problem = next_kernel_problem();

	if (problem)
		text_list_add(&status->warnings, problem);
	free(problem);
}

/* In this case load cannot help. */
static char *find_missing_module(const struct machine_status *status)
{
	if (!status->reserved || crash_kernel_is_loaded())
		return NULL;
	return running_kernel_problem();
}

void machine_status_read(struct machine_status *status)
{
	armed_state_read(&status->state, NULL);
	status->reserved = crash_kernel_reserved();
	status->saved = key_items_saved();
	status->warnings = (struct text_list) {};
	status->change = NULL;
	status->is_still_armed = false;
	status->problem = find_missing_module(status);
	if (status->problem)
		return;
	status->problem = xstrdup_or_null(find_problem(status));
	if (!status->problem) {
		look_below(status);
		add_shortage(status);
		add_dirty_arrays(status);
	}
	add_next_kernel(status);
}

void machine_status_release(struct machine_status *status)
{
	armed_state_release(&status->state);
	text_list_release(&status->warnings);
	free(status->problem);
	free(status->change);
}

char *machine_status_line(const struct machine_status *status)
{
	char *warnings = text_list_join(&status->warnings, "; warning: ");
	char *line = status->problem ?
			     xasprintf("not armed: %s", status->problem) :
			     xasprintf("armed: a crash dump goes to %s%s%s",
				       status->state.path,
				       warnings ? "; warning: " : "",
				       warnings ?: "");

	free(warnings);
	return line;
}
