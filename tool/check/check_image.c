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
			check, "install the kernel again, and " CHECK_LOAD,
			"not looked for, as the kernel image %s cannot be used",
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
			"install what they belong to again, run depmod, and " CHECK_LOAD);
		return;
	}
	free(warnings_take());
	check_pass(check,
		   "those of disk, encryption and filesystem are there for %s",
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
					"when they are there, " CHECK_LOAD);
		return;
	}
	free(warnings_take());
	check_pass(check, "all that the capture initramfs needs are there");
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
			now ? "what it is made from, or the configuration, has changed since" :
			      "not made yet");
	else if (facts_armed(facts) && (!loaded || !now || strcmp(loaded, now)))
		check_warn(check, facts_how_to_load(facts),
			   "was made again since the crash kernel was loaded");
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
			   "%.0f MiB reserved, and %.0f MiB needed", reserved,
			   needed / MIB);
	else
		check_pass(check, "%.0f MiB reserved, %.0f MiB needed",
			   reserved, needed / MIB);
	free(remedy);
}

/* Of the initramfs that is there, whether up to date or not. */
void check_memory(struct check *check, struct facts *facts)
{
	struct memory_facts memory = {
		.machine = crash_kernel_machine_memory(),
		.encrypted = facts->targets.volume_count,
	};
	struct memory_estimate estimate;
	bool known;

	if (!crash_kernel_reserved()) {
		check_fail(check, "type kdump-crypt setup, and reboot",
			   "none is reserved for a crash kernel");
		return;
	}
	if (!facts->image)
		return;
	warnings_keep();
	memory.kernel = kernel_image_memory(facts->kernel);
	known = memory.kernel >= 0 &&
		!initramfs_measure(&memory.initramfs,
				   capture_image_file(facts->image));
	free(warnings_take());
	if (known) {
		memory_estimate(&estimate, &memory);
		conclude_memory(check, estimate.total);
	} else {
		check_warn(
			check, "type kdump-crypt estimate",
			"%.0f MiB reserved, and how much is needed is not known",
			crash_kernel_reserved() / MIB);
	}
}
