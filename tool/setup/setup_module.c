// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <sys/utsname.h>

#include "tool/host/lockdown.h"
#include "tool/keys/key_items.h"
#include "tool/setup/setup.h"

#define MODULE "crash_dm_crypt"

/*
 * If the kernel rejects the module's signature, a person has to enroll the key.
 * All else can be made ready before that.
 */
static void try_signature(struct setup *setup)
{
	struct error error;

	if (key_items_available() || !lockdown_requires_signed_modules())
		return;
	if (key_items_prepare(&error))
		text_list_add(&setup->manual_steps, error.reason);
}

int setup_module(struct setup *setup, struct error *error)
{
	struct utsname kernel;
	struct error cause;

	if (!setup->targets.volume_count)
		return 0;
	uname(&kernel);
	if (key_items_are_built_in() && !key_items_can_prepare(NULL)) {
		setup_report(setup, "Module", "the kernel %s needs none",
			     kernel.release);
	} else if (!key_items_can_prepare(NULL)) {
		setup_report(setup, "Module", MODULE " is installed for %s",
			     kernel.release);
		try_signature(setup);
	} else if (key_items_prepare(&cause)) {
		/* Only configfs shows that a kernel has the list built in. */
		return error_set(
			error, cause.number,
			"the volume keys cannot be given to a crash kernel, because %s",
			cause.reason);
	}
	return 0;
}
