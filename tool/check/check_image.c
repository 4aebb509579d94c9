// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "lib/xalloc.h"
#include "tool/check/check_facts.h"
#include "tool/check/reservation.h"
#include "tool/host/core_collector.h"
#include "tool/image/initramfs.h"
#include "tool/image/memory_facts.h"
#include "tool/kexec/crash_kernel.h"
#include "tool/kexec/kernel_image.h"
#include "tool/setup/kernel_parameter.h"

#define MIB (1024.0 * 1024)

static char *find_version(const struct facts *facts, struct error *error)
{
	return facts_armed(facts) ? xstrdup(facts->armed.kernel) :
				    kernel_image_version(facts->kernel, error);
}

static void check_modules_of(struct check *check, struct facts *facts,
			     const char *version)
{
	struct text_list warnings = {};
	struct error error;

	facts->image = capture_image_new(version, &facts->targets,
					 &facts->config, &error);
	facts->has_modules =
		facts->image &&
		!capture_image_add_modules(facts->image, &warnings, &error);
	if (facts->has_modules)
		check_pass(
			check,
			"the modules for disk, encryption and filesystem are installed for the kernel %s",
			version);
	else
		check_fail_for(
			check,
			"install what contains it (for crash_dm_crypt, kdump-crypt-dkms and the headers of the kernel), then " CHECK_LOAD,
			&error, &warnings);
	text_list_release(&warnings);
}

void check_modules(struct check *check, struct facts *facts)
{
	struct error error;
	char *version;

	if (!facts->targets.count)
		return;
	version = find_version(facts, &error);
	if (version)
		check_modules_of(check, facts, version);
	else
		check_fail_for(check, "reinstall the kernel, then " CHECK_LOAD,
			       &error, NULL);
	free(version);
}

void check_programs(struct check *check, struct facts *facts)
{
	struct error error;

	if (!facts->image)
		return;
	facts->has_programs = !capture_image_add_programs(facts->image, &error);
	if (facts->has_programs)
		check_pass(
			check,
			"all programs that the capture initramfs needs are installed");
	else
		check_fail_for(check, "install them, then " CHECK_LOAD, &error,
			       NULL);
}

void check_collector(struct check *check, struct facts *facts)
{
	const char *value = facts->config.core_collector;
	char *version, *concern;

	if (!facts->is_configured)
		return;
	version = core_collector_version();
	concern = core_collector_concern(version, value);
	if (concern)
		check_warn(check, CORE_COLLECTOR_REMEDY ", then " CHECK_LOAD,
			   "%s", concern);
	else if (version)
		check_pass(check, "makedumpfile %s", version);
	free(version);
	free(concern);
}

void check_initramfs(struct check *check, struct facts *facts)
{
	const char *loaded = facts->armed.initramfs;
	char *now;

	if (!facts->has_programs || !facts->has_modules)
		return;
	now = initramfs_state(facts->image->file);
	if (!capture_image_is_current(facts->image))
		check_warn(
			check, facts_how_to_load(facts), "%s",
			now ? "the initramfs is out of date: the configuration or one of its files has changed" :
			      "the initramfs has not been built yet");
	else if (facts_armed(facts) && (!loaded || !now || strcmp(loaded, now)))
		check_warn(
			check, facts_how_to_load(facts),
			"the initramfs was rebuilt since the crash kernel was loaded");
	else
		check_pass(check, "the initramfs is up to date");
	free(now);
}

static void conclude_memory(struct check *check, long long needed)
{
	long long reserved = crash_kernel_reserved();
	const char *remedy =
		reservation_remedy(reserved, needed, kernel_parameter_file());

	if (remedy)
		check_fail(check, remedy,
			   "%.0f MiB reserved, but %.0f MiB needed",
			   reserved / MIB, needed / MIB);
	else
		check_pass(check, "%.0f MiB reserved, %.0f MiB needed",
			   reserved / MIB, needed / MIB);
}

/* Measure the initramfs that is there, even if it is out of date. */
void check_memory(struct check *check, struct facts *facts)
{
	struct memory_facts memory;
	struct memory_estimate estimate;
	struct error error;
	const char *remedy = reservation_remedy(crash_kernel_reserved(), 0,
						kernel_parameter_file());

	if (remedy) {
		check_fail(check, remedy,
			   "no memory is reserved for a crash kernel");
		return;
	}
	if (!facts->image)
		return;
	if (memory_facts_measure(&memory, facts->kernel, facts->image->file,
				 &facts->targets, &facts->config, &error)) {
		check_warn(
			check, "run kdump-crypt estimate",
			"%.0f MiB reserved, but the amount needed is unknown: %s",
			crash_kernel_reserved() / MIB, error.reason);
	} else {
		memory_estimate(&estimate, &memory);
		conclude_memory(check, estimate.total);
	}
}
