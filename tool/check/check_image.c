// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/check/check_facts.h"
#include "tool/host/warnings.h"
#include "tool/image/initramfs.h"
#include "tool/image/memory_estimate.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/kexec/kernel_image.h"

#define MIB (1024.0 * 1024)

void check_modules(struct check *check, struct facts *facts)
{
	if (!facts->targets.count)
		return;
	if (!facts->version) {
		check_fail(
			check, "reinstall the kernel, then " CHECK_LOAD,
			"not checked, because the kernel image %s cannot be used",
			facts->kernel);
		return;
	}
	warnings_keep();
	facts->image = capture_image_new(facts->version, &facts->targets,
					 &facts->config);
	facts->has_modules = facts->image &&
			     !capture_image_add_modules(facts->image);
	if (!facts->has_modules) {
		check_fail_for_warnings(
			check,
			"reinstall the package that contains them, run depmod, then " CHECK_LOAD);
		return;
	}
	free(warnings_take());
	check_pass(
		check,
		"those for disk, encryption and filesystem are installed for %s",
		facts->version);
}

void check_programs(struct check *check, struct facts *facts)
{
	if (!facts->image)
		return;
	warnings_keep();
	facts->has_programs = !capture_image_add_programs(facts->image);
	if (!facts->has_programs) {
		check_fail_for_warnings(check,
					"install them, then " CHECK_LOAD);
		return;
	}
	free(warnings_take());
	check_pass(check, "all that the capture initramfs needs are installed");
}

void check_initramfs(struct check *check, struct facts *facts)
{
	const char *loaded = facts->armed.initramfs;
	char *now;

	if (!facts->has_programs || !facts->has_modules)
		return;
	now = initramfs_state(capture_image_file(facts->image));
	if (!capture_image_is_current(facts->image))
		check_warn(
			check, facts_how_to_load(facts), "%s",
			now ? "out of date: the configuration or one of its files has changed" :
			      "not built yet");
	else if (facts_armed(facts) && (!loaded || !now || strcmp(loaded, now)))
		check_warn(check, facts_how_to_load(facts),
			   "rebuilt since the crash kernel was loaded");
	else
		check_pass(check, "up to date");
	free(now);
}

static void conclude_memory(struct check *check, long long needed)
{
	double reserved = crash_kernel_reserved() / MIB;
	char *remedy = xasprintf(
		"put crashkernel=%.0fM on the kernel's command line and reboot",
		needed / MIB);

	if (crash_kernel_reserved() < needed)
		check_fail(check, remedy,
			   "%.0f MiB reserved, but %.0f MiB needed", reserved,
			   needed / MIB);
	else
		check_pass(check, "%.0f MiB reserved, %.0f MiB needed",
			   reserved, needed / MIB);
	free(remedy);
}

/* Measure the initramfs that is there, even if it is out of date. */
void check_memory(struct check *check, struct facts *facts)
{
	struct memory_facts memory = {
		.machine = crash_kernel_machine_memory(),
		.encrypted = facts->targets.volume_count,
	};
	struct memory_estimate estimate;
	bool known;

	if (!crash_kernel_reserved()) {
		check_fail(check, "run kdump-crypt setup, then reboot",
			   "none is reserved for a crash kernel");
		return;
	}
	if (!facts->image)
		return;
	warnings_keep();
	memory.kernel = kernel_image_memory(facts->kernel, NULL);
	known = memory.kernel >= 0 &&
		!initramfs_measure(&memory.initramfs,
				   capture_image_file(facts->image));
	free(warnings_take());
	if (known) {
		memory_estimate(&estimate, &memory);
		conclude_memory(check, estimate.total);
	} else {
		check_warn(check, "run kdump-crypt estimate",
			   "%.0f MiB reserved, but the amount needed is unknown",
			   crash_kernel_reserved() / MIB);
	}
}
