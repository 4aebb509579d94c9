// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <unistd.h>

#include "tool/arm/loaded_keys.h"
#include "tool/check/machine_status.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/keys/key_check.h"
#include "tool/keys/key_items.h"
#include "tool/setup/grub_file.h"

/* As setup leaves it until the machine has booted again. */
static bool waits_for_reboot(const struct machine_status *status)
{
	return !status->reserved && !access(GRUB_DIRECTORY "/" GRUB_FILE, F_OK);
}

static const char *find_problem(const struct machine_status *status)
{
	if (waits_for_reboot(status))
		return "no memory is reserved for a crash kernel: reboot; where that does not help, type kdump-crypt setup";
	if (!status->reserved)
		return "no memory is reserved for a crash kernel: type kdump-crypt setup, and reboot";
	if (!crash_kernel_is_loaded())
		return "no crash kernel is loaded: type kdump-crypt load";
	if (!status->state.path)
		return "a crash kernel is loaded, but kdump-crypt did not load it: type kdump-crypt load";
	if (status->saved >= 0 &&
	    status->saved < (long long)(status->state.luks_uuids.count +
					status->state.hidden_luks_uuids.count))
		return "the loaded crash kernel has no key for its volume: type kdump-crypt load";
	if (!geteuid() && !loaded_keys_are_current(&status->state))
		return "the loaded crash kernel does not have the key that a LUKS volume has now: type kdump-crypt load";
	return NULL;
}

void machine_status_read(struct machine_status *status)
{
	armed_state_read(&status->state, NULL);
	status->reserved = crash_kernel_reserved();
	status->saved = key_items_saved();
	status->problem = find_problem(status);
}

void machine_status_release(struct machine_status *status)
{
	armed_state_release(&status->state);
}
