// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "tool/host/kernel_modules.h"
#include "tool/host/lockdown.h"
#include "tool/host/warnings.h"
#include "tool/keys/key_items.h"
#include "tool/setup/setup.h"

#define MODULE "crash_dm_crypt"

static void ignore_file(const char *file, void *context)
{
	(void)file;
	(void)context;
}

static bool is_installed(const char *version)
{
	struct kernel_modules *modules = kernel_modules_new(version);
	bool found = modules && !kernel_modules_for_each(modules, MODULE,
							 ignore_file, NULL);

	kernel_modules_free(modules);
	return found;
}

/*
 * One that the kernel does not take because of its signature is a person's
 * business, and all else can be made ready.
 */
static void try_signature(struct setup *setup)
{
	char *reason;

	if (key_items_available() || !lockdown_of_modules())
		return;
	warnings_keep();
	key_items_prepare(NULL);
	reason = warnings_take();
	if (reason)
		text_list_add(&setup->by_hand, reason);
	free(reason);
}

int setup_module(struct setup *setup)
{
	struct utsname kernel;
	struct error error;

	if (!setup->targets.volume_count)
		return 0;
	uname(&kernel);
	if (key_items_are_built_in()) {
		setup_print("Module", "the kernel %s needs none",
			    kernel.release);
	} else if (is_installed(kernel.release)) {
		setup_print("Module", MODULE " is installed for %s",
			    kernel.release);
		try_signature(setup);
	} else if (key_items_prepare(&error)) {
		warnx("%s", error.reason);
		/* A kernel's own list of keys is seen in configfs only. */
		warnx("the volume keys cannot be given to a crash kernel: install the module " MODULE
		      " for the kernel %s, and run depmod",
		      kernel.release);
		return -1;
	}
	return 0;
}
