// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/textfile.h"
#include "lib/xalloc.h"
#include "tool/image/memory_facts.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/setup/kernel_parameter.h"
#include "tool/setup/setup.h"

#define MIB (1024 * 1024)

/* Return true if the kernel was started with that: a reboot would not help. */
static bool is_on_command_line(const char *parameter)
{
	char *running = textfile_read("/proc/cmdline", NULL) ?: xstrdup("");
	char *state, *word;
	bool found = false;

	for (word = strtok_r(running, " ", &state); word && !found;
	     word = strtok_r(NULL, " ", &state))
		found = !strcmp(word, parameter);
	free(running);
	return found;
}

static int want_reserved(struct setup *setup, long long mebibytes,
			 bool is_reserved, struct error *error)
{
	char *parameter = xasprintf("crashkernel=%lldM", mebibytes);
	int ret = 0;

	if (!is_reserved && is_on_command_line(parameter)) {
		ret = error_set(
			error, 0,
			"the kernel was started with %s, but it could not reserve that memory: run dmesg | grep -i crashkernel to see why",
			parameter);
	} else {
		ret = kernel_parameter_want(setup, mebibytes, error);
	}
	free(parameter);
	return ret;
}

/* Return the bytes, or -1. */
static long long estimate_for(struct setup *setup, const char *kernel,
			      struct error *error)
{
	struct memory_estimate estimate;
	struct memory_facts facts = { 0 };

	if (memory_facts_find(&facts, kernel, &setup->targets, &setup->config,
			      &setup->messages, error))
		return -1;
	memory_estimate(&estimate, &facts);
	return estimate.total;
}

/* Return 0 if there is none. This kernel can be made ready without it. */
static long long estimate_for_other(struct setup *setup)
{
	struct error error;
	long long needed =
		setup->kernel ? estimate_for(setup, setup->kernel, &error) : 0;

	if (needed >= 0)
		return needed;
	text_list_addf(&setup->messages.warnings,
		       "cannot find out how much memory %s needs: %s",
		       setup->kernel, error.reason);
	return 0;
}

int setup_memory(struct setup *setup, struct error *error)
{
	long long reserved = crash_kernel_reserved();
	long long next = kernel_parameter_reserved() * MIB;
	long long needed = estimate_for(setup, NULL, error), other;

	if (needed < 0)
		return -1;
	other = estimate_for_other(setup);
	if (other > needed)
		needed = other;
	setup_report(setup, "Memory",
		     "%lld MiB needed for a crash kernel, %lld MiB reserved",
		     needed / MIB, reserved / MIB);
	if (reserved >= needed &&
	    (next ? next >= needed : !kernel_parameter_is_gone()))
		return 0;
	/* Another kernel, which may boot next, may need more than this one. */
	return want_reserved(setup, (next > needed ? next : needed) / MIB,
			     reserved >= needed, error);
}
