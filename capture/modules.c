// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "capture/child.h"
#include "capture/clock.h"
#include "capture/deadlines.h"
#include "capture/machine.h"
#include "capture/modules.h"
#include "capture/report.h"
#include "capture/shared.h"
#include "capture/steps.h"
#include "lib/xalloc.h"

#define STEP "modules"

enum state {
	LOADING,
	FAILED,
	LOADED,
	GIVEN_UP, /* and still loading, for all that is known */
};

static struct module {
	const char *planned; /* an entry of modules in the plan */
	enum state state;
	int number; /* an errno, if it failed */
	struct child child;
	double begin;
	bool is_late; /* it was not loaded in its turn */
} *list;

static size_t count;

/* Shared: when the last module was loaded; -1: some are loading. */
static double *last;

/* Shared: the modules on demand were loaded. */
static bool *were_demanded;

static const struct text_list *on_demand;

static int load(void *context)
{
	const struct module *module = context;
	struct error error;

	return machine_load_module(module->planned, &error) ? error.number : 0;
}

static int name_length(const struct module *module)
{
	return strcspn(module->planned, " ");
}

static void report_failure(const struct module *module)
{
	report(STEP, "cannot load %.*s: %s", name_length(module),
	       module->planned, strerror(module->number));
}

static void note_end(struct module *module, int status)
{
	module->state = status ? FAILED : LOADED;
	module->number = status < 0 ? ECHILD : status;
	*last = clock_now();
	if (status)
		report_failure(module);
	else if (module->is_late)
		report(STEP, "%.*s loaded, late", name_length(module),
		       module->planned);
	module->is_late |= status;
}

static void start(struct module *module)
{
	int status;

	module->state = LOADING;
	module->begin = clock_now();
	if (child_start(&module->child, load, module)) {
		note_end(module, load(module));
	} else if (child_wait(&module->child, MODULE_PATIENCE_SECONDS,
			      &status)) {
		note_end(module, status);
	} else {
		module->is_late = true;
		report(STEP, "%.*s takes its time: going on meanwhile",
		       name_length(module), module->planned);
	}
}

static void check(struct module *module)
{
	int status;

	if (child_wait(&module->child, 0, &status)) {
		note_end(module, status);
	} else if (clock_now() - module->begin > MODULE_SECONDS) {
		report(STEP, "%.*s takes too long: going on without it",
		       name_length(module), module->planned);
		module->state = GIVEN_UP;
	}
}

static unsigned int count_in(enum state state)
{
	unsigned int found = 0;
	size_t i;

	for (i = 0; i < count; i++)
		found += list[i].state == state;
	return found;
}

/* A module fails for lack of a symbol if one that it needs was not loaded yet. */
static void retry(void)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].state == FAILED && list[i].number == ENOENT)
			start(&list[i]);
}

void modules_check(void)
{
	unsigned int loaded = count_in(LOADED);
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i].state == LOADING)
			check(&list[i]);
	if (count_in(LOADED) > loaded)
		retry();
	if (count_in(LOADING))
		*last = -1;
	else if (*last < 0)
		*last = clock_now();
}

static void load_all(const struct text_list *modules)
{
	size_t i;

	/* Go on after a failure: what needs the module will report it. */
	for (i = 0; i < modules->count; i++) {
		step_begin(STEP, MODULE_PATIENCE_SECONDS + WORKER_SECONDS);
		list[count].planned = modules->items[i];
		start(&list[count++]);
	}
	modules_check();
}

void modules_load(const struct plan *plan)
{
	free(list);
	count = 0;
	on_demand = &plan->modules_on_demand;
	last = shared_memory(sizeof(*last));
	were_demanded = shared_memory(sizeof(*were_demanded));
	list = xcheck(calloc(plan->modules.count + on_demand->count + 1,
			     sizeof(*list)));
	load_all(&plan->modules);
	report(STEP, "%u of %zu loaded", count_in(LOADED), count);
}

bool modules_load_on_demand(void)
{
	if (!on_demand || !on_demand->count || *were_demanded)
		return false;
	*were_demanded = true;
	/* The list is the worker's copy. Those before are PID 1's business. */
	count = 0;
	load_all(on_demand);
	report(STEP, "%u of %zu loaded on demand", count_in(LOADED), count);
	return true;
}

double modules_idle(void)
{
	return !last || *last < 0 ? 0 : clock_now() - *last;
}
